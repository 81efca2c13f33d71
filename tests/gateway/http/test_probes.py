"""Checks of readiness: each runs at most once at a time."""

import asyncio

from gateway.http.probes import Probes


async def _fine() -> None:
    return None


def test_a_check_that_hangs_is_started_once_however_often_it_is_asked_for() -> None:
    started = 0

    async def hang() -> None:
        nonlocal started
        started += 1
        await asyncio.Event().wait()

    async def main() -> None:
        probes = Probes({"database": _fine, "assets": _fine, "disk": _fine, "redis": hang}, seconds=0.05)
        answers = await asyncio.gather(*(probes.look() for _ in range(20)))
        assert {answer.checks["redis"] for answer in answers} == {"no answer within 0.05 s"}
        assert answers[0].ready
        assert answers[0].degraded == {
            "redis": "redis: no answer within 0.05 s; jobs are stored, and start once it is back."
        }

    asyncio.run(main())
    assert started == 1


def test_a_check_that_fails_is_started_again_and_its_message_is_kept_from_clients() -> None:
    answers = iter([OSError("the address 10.0.0.1"), None])

    async def fail_once() -> None:
        error = next(answers)
        if error is not None:
            raise error

    async def main() -> None:
        probes = Probes({"database": fail_once, "assets": _fine, "disk": _fine}, seconds=5)
        assert (await probes.look()).checks["database"] == "not reachable (OSError)"
        await asyncio.sleep(1.1)
        assert (await probes.look()).ready

    asyncio.run(main())
