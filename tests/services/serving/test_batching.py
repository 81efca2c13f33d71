"""Requests share batches, and no answer depends on the others."""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from imgdiff.errors import ImgdiffError, InvalidRequest, Overloaded, WorkCancelled
from imgdiff.records import ModelUse
from services.serving.batching import BatchLimits, MicroBatcher
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, answer_each
from services.serving.metrics import ServiceMetrics


class Doubler:
    """An engine that doubles numbers, refuses 13, fails on 99, breaks a whole batch with 666, and can be blocked."""

    backend = "doubler"
    device = "cpu"
    models: tuple[ModelUse, ...] = ()

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def warm_up(self) -> None:
        self.threads.add(threading.get_ident())

    def run(self, batch: Sequence[Ticket[int]]) -> list[int | ImgdiffError]:
        self.begun.set()
        self.gate.wait(120)
        self.threads.add(threading.get_ident())
        self.batches.append([ticket.work for ticket in batch])
        if any(ticket.work == 666 for ticket in batch):
            raise RuntimeError("broken")
        return answer_each(self._double, batch)

    def _double(self, work: int, _: Cancellation) -> int:
        if work == 13:
            raise InvalidRequest("13 is refused")
        if work == 99:
            raise RuntimeError("unexpected")
        return 2 * work


def _batcher(engine: Doubler, **limits: float) -> MicroBatcher[int, int]:
    chosen = {"max_batch": 4, "max_delay": 0.05, "max_queue": 8, "max_batch_cost": 100, "max_queue_cost": 1000} | limits
    return MicroBatcher(engine, BatchLimits(**chosen), ServiceMetrics("test"))  # type: ignore[arg-type]


async def _submit(
    batcher: MicroBatcher[int, int], work: int, cancellation: Cancellation | None = None, cost: int = 1
) -> int:
    with batcher.admit(cost) as place:
        return await batcher.submit(work, cancellation or Cancellation(), place)


def test_answers_keep_their_order_and_batches_their_limit() -> None:
    engine = Doubler()

    async def scenario() -> list[int]:
        batcher = _batcher(engine)
        async with batcher.running():
            return await asyncio.gather(*(_submit(batcher, n) for n in range(8)))

    assert asyncio.run(scenario()) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert engine.batches == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_one_thread_runs_the_engine() -> None:
    engine = Doubler()

    async def scenario() -> None:
        batcher = _batcher(engine, max_delay=0.0)
        async with batcher.running():
            for n in range(5):
                await _submit(batcher, n)

    asyncio.run(scenario())

    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


def test_one_bad_request_does_not_affect_the_others() -> None:
    async def scenario() -> list[int | BaseException]:
        batcher = _batcher(Doubler())
        async with batcher.running():
            return await asyncio.gather(*(_submit(batcher, n) for n in (1, 13, 99, 2)), return_exceptions=True)

    first, refused, failed, last = asyncio.run(scenario())

    assert (first, last) == (2, 4)
    assert isinstance(refused, InvalidRequest)
    assert type(failed) is ImgdiffError
    assert failed.detail == "the model failed: RuntimeError"


def test_a_broken_batch_does_not_end_the_service() -> None:
    async def scenario() -> tuple[BaseException | int, int]:
        batcher = _batcher(Doubler(), max_batch=1)
        async with batcher.running():
            (broken,) = await asyncio.gather(_submit(batcher, 666), return_exceptions=True)
            return broken, await _submit(batcher, 3)

    broken, after = asyncio.run(scenario())

    assert isinstance(broken, ImgdiffError)
    assert after == 6


def test_a_full_queue_rejects_with_retry_after() -> None:
    engine = Doubler()
    engine.gate.clear()

    async def scenario() -> list[int | BaseException]:
        batcher = _batcher(engine, max_batch=1, max_queue=2)
        async with batcher.running():
            running = asyncio.create_task(_submit(batcher, 0))
            await asyncio.to_thread(engine.begun.wait, 120)
            more = [asyncio.create_task(_submit(batcher, n)) for n in (1, 2, 3)]
            await asyncio.sleep(0.1)
            engine.gate.set()
            return await asyncio.gather(running, *more, return_exceptions=True)

    *served, refused = asyncio.run(scenario())

    assert served == [0, 2, 4]
    assert isinstance(refused, Overloaded)
    assert refused.retry_after is not None
    assert refused.retry_after >= 1


def test_work_of_a_disconnected_client_is_never_run() -> None:
    engine = Doubler()
    engine.gate.clear()

    async def scenario() -> None:
        batcher = _batcher(engine, max_batch=1)
        async with batcher.running():
            running = asyncio.create_task(_submit(batcher, 0))
            await asyncio.to_thread(engine.begun.wait, 120)
            cancelled = Cancellation()
            waiting = asyncio.create_task(_submit(batcher, 1, cancelled))
            await asyncio.sleep(0.05)
            cancelled.cancel()
            engine.gate.set()
            assert await running == 0
            await _submit(batcher, 2)
            waiting.cancel()

    asyncio.run(scenario())

    assert engine.batches == [[0], [2]]


def test_a_batch_closes_at_its_cost_and_what_costs_more_runs_alone() -> None:
    engine = Doubler()
    engine.gate.clear()

    async def scenario() -> list[int]:
        batcher = _batcher(engine, max_delay=0.5)
        async with batcher.running():
            first = asyncio.create_task(_submit(batcher, 0))
            await asyncio.to_thread(engine.begun.wait, 120)
            costs = [(1, 60), (2, 40), (3, 1), (4, 500), (5, 1)]
            more = [asyncio.create_task(_submit(batcher, n, cost=cost)) for n, cost in costs]
            await asyncio.sleep(0.05)
            engine.gate.set()
            return await asyncio.gather(first, *more)

    assert asyncio.run(scenario()) == [0, 2, 4, 6, 8, 10]
    assert engine.batches == [[0], [1, 2], [3], [4], [5]]


def test_a_queue_is_full_by_cost_and_says_how_long_that_takes() -> None:
    engine = Doubler()
    engine.gate.clear()
    metrics = ServiceMetrics("test")

    async def scenario() -> list[int | BaseException]:
        limits = BatchLimits(
            max_batch=4, max_delay=0.0, max_queue=8, max_batch_cost=100_000_000, max_queue_cost=100_000_000
        )
        batcher = MicroBatcher(engine, limits, metrics)
        async with batcher.running():
            running = asyncio.create_task(_submit(batcher, 0))
            await asyncio.to_thread(engine.begun.wait, 120)
            dear = [
                asyncio.create_task(_submit(batcher, n, cost=cost)) for n, cost in ((1, 90_000_000), (2, 20_000_000))
            ]
            await asyncio.sleep(0.05)
            assert 'imgdiff_queue_cost{service="test"} 9e+07' in metrics.exposition().decode()
            engine.gate.set()
            return await asyncio.gather(running, *dear, return_exceptions=True)

    *served, refused = asyncio.run(scenario())

    assert served == [0, 2]
    assert isinstance(refused, Overloaded)
    assert refused.retry_after is not None
    assert 30 <= refused.retry_after <= 60  # 90 megapixels, before any was measured
    assert "megapixels" in refused.detail


def test_a_client_that_has_gone_makes_room_at_once() -> None:
    engine = Doubler()
    engine.gate.clear()

    async def scenario() -> tuple[BaseException | int, int]:
        batcher = _batcher(engine, max_batch=1, max_queue=1)
        async with batcher.running():
            running = asyncio.create_task(_submit(batcher, 0))
            await asyncio.to_thread(engine.begun.wait, 120)
            gone = Cancellation()
            waiting = asyncio.create_task(_submit(batcher, 1, gone))
            await asyncio.sleep(0.05)
            gone.cancel()
            other = asyncio.create_task(_submit(batcher, 2))
            (dropped,) = await asyncio.gather(waiting, return_exceptions=True)
            engine.gate.set()
            await running
            return dropped, await other

    dropped, answer = asyncio.run(scenario())

    assert isinstance(dropped, WorkCancelled)
    assert answer == 4


def test_a_model_that_hangs_is_silent_and_one_that_checks_is_not() -> None:
    engine = Doubler()
    engine.gate.clear()

    async def scenario() -> tuple[float, float, float]:
        batcher = _batcher(engine)
        async with batcher.running():
            idle = batcher.silent_seconds
            cancellation = Cancellation()
            running = asyncio.create_task(_submit(batcher, 1, cancellation))
            await asyncio.to_thread(engine.begun.wait, 120)
            await asyncio.sleep(0.3)
            hung = batcher.silent_seconds
            cancellation.check()
            alive = batcher.silent_seconds
            engine.gate.set()
            await running
            return idle, hung, alive

    idle, hung, alive = asyncio.run(scenario())

    assert idle == 0
    assert hung >= 0.3
    assert alive < hung


@pytest.mark.parametrize("delay", [0.0, 0.2])
def test_a_lone_request_waits_no_longer_than_the_delay(delay: float) -> None:
    async def scenario() -> float:
        batcher = _batcher(Doubler(), max_delay=delay)
        async with batcher.running():
            return min([await _seconds(batcher) for _ in range(5)])

    async def _seconds(batcher: MicroBatcher[int, int]) -> float:
        started = time.perf_counter()
        await _submit(batcher, 1)
        return time.perf_counter() - started

    assert asyncio.run(scenario()) < delay + 0.5
