"""Work on the store has threads of its own."""

import asyncio
import threading

from fastapi.concurrency import run_in_threadpool

from gateway.http.threads import run_in_store


def test_a_read_never_waits_behind_work_on_the_store() -> None:
    free = threading.Event()

    async def main() -> int:
        stuck = [asyncio.create_task(run_in_store(free.wait, timeout=60)) for _ in range(50)]
        await asyncio.sleep(0.05)
        read = await run_in_threadpool(lambda: 7)
        assert not any(one.done() for one in stuck)
        free.set()
        assert all(await asyncio.gather(*stuck))
        return read

    assert asyncio.run(main()) == 7
