"""Batch concurrent requests: a queue and batches bounded by number and cost, answers in order, one model thread."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic

from imgdiff.errors import ImgdiffError, Overloaded, WorkCancelled
from services.serving.admission import Admission, Place
from services.serving.cancellation import Cancellation
from services.serving.engine import MODEL_FAILED, Answer, Engine, Ticket, Work
from services.serving.isolation import unexpected
from services.serving.metrics import ServiceMetrics

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BatchLimits:
    """How much shares a batch, how long the first request waits for others, how much may queue.

    Costs are in pixels, see `services.serving.cost`. What alone costs more than a batch may is a batch of its own.
    """

    max_batch: int
    max_delay: float  # seconds
    max_queue: int
    max_batch_cost: int
    max_queue_cost: int


@dataclass
class _Waiting(Generic[Work, Answer]):
    ticket: Ticket[Work]
    future: "asyncio.Future[Answer]"
    place: Place
    since: float = field(default_factory=time.perf_counter)


class MicroBatcher(Generic[Work, Answer]):
    """Runs an engine in one model thread; created and used inside one event loop."""

    def __init__(self, engine: Engine[Work, Answer], limits: BatchLimits, metrics: ServiceMetrics) -> None:
        self._engine = engine
        self._limits = limits
        self._metrics = metrics
        self._admission = Admission(limits.max_queue, limits.max_queue_cost, metrics)
        self._queue: deque[_Waiting[Work, Answer]] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._batch: list[_Waiting[Work, Answer]] = []
        self._began: float | None = None  # the batch in work, by time.monotonic

    @property
    def silent_seconds(self) -> float:
        """How long the batch in work has given no sign of life; 0 without one."""
        if self._began is None:
            return 0.0
        signs = [self._began, *(waiting.ticket.cancellation.checked_at for waiting in self._batch)]
        return time.monotonic() - max(signs)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Warm up the engine in the model thread, then serve until the block ends."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._engine.warm_up)
        serving = asyncio.create_task(self._serve())
        try:
            yield
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            self._refuse_waiting()
            self._thread.shutdown(wait=True, cancel_futures=True)

    @contextlib.contextmanager
    def admit(self, cost: int) -> Iterator[Place]:
        """A place in the queue, taken before anything is decoded; raises Overloaded when the queue is full."""
        if not self._admission.has_room(cost):
            self._drop_cancelled()
        place = self._admission.take(cost)
        try:
            yield place
        finally:
            self._admission.release(place)

    async def submit(self, work: Work, cancellation: Cancellation, place: Place) -> Answer:
        """The engine's answer, from a place that `admit` gave; raises WorkCancelled when its client has gone."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(Ticket(work, cancellation), future, place))
        self._arrived.set()
        return await future

    async def _serve(self) -> None:
        while True:
            batch = await self._collect()
            for waiting in batch:
                self._admission.release(waiting.place)
            wanted = [waiting for waiting in batch if not self._drop(waiting)]
            if wanted:
                await self._answer(wanted)

    async def _collect(self) -> list[_Waiting[Work, Answer]]:
        """The next batch: as many in order as its limits allow and come in time."""
        await self._wait_for_one(None)
        batch = [self._queue.popleft()]
        cost = batch[0].place.cost
        deadline = time.perf_counter() + self._limits.max_delay
        while len(batch) < self._limits.max_batch and await self._wait_for_one(deadline):
            cost += self._queue[0].place.cost
            if cost > self._limits.max_batch_cost:
                break
            batch.append(self._queue.popleft())
        return batch

    async def _wait_for_one(self, deadline: float | None) -> bool:
        """Whether one waits, at the latest by `deadline`."""
        while not self._queue:
            self._arrived.clear()
            left = None if deadline is None else deadline - time.perf_counter()
            if left is not None and left <= 0:
                return False
            try:
                await asyncio.wait_for(self._arrived.wait(), left)
            except TimeoutError:
                return bool(self._queue)
        return True

    async def _answer(self, batch: list[_Waiting[Work, Answer]]) -> None:
        started = time.perf_counter()
        for waiting in batch:
            self._metrics.queue_seconds.observe(started - waiting.since)
        cost = sum(waiting.place.cost for waiting in batch)
        answers = await self._run(batch)
        seconds = time.perf_counter() - started
        self._admission.learn(seconds, cost)
        self._metrics.batch_size.observe(len(batch))
        self._metrics.batch_cost.observe(cost)
        self._metrics.work_seconds.observe(seconds)
        for waiting, answer in zip(batch, answers, strict=True):
            if waiting.future.done():
                continue
            if isinstance(answer, ImgdiffError):
                waiting.future.set_exception(answer)
            else:
                waiting.future.set_result(answer)

    async def _run(self, batch: list[_Waiting[Work, Answer]]) -> list[Answer | ImgdiffError]:
        loop = asyncio.get_running_loop()
        self._batch, self._began = batch, time.monotonic()
        try:
            return list(await loop.run_in_executor(self._thread, self._engine.run, [w.ticket for w in batch]))
        except Exception as error:  # noqa: BLE001  a failed batch must not end the service
            _log.exception("the engine failed on a batch of %d", len(batch))
            return [unexpected(MODEL_FAILED, error)] * len(batch)
        finally:
            self._batch, self._began = [], None

    def _drop(self, waiting: _Waiting[Work, Answer]) -> bool:
        """Whether the request's client has gone; then its work ends here."""
        if not waiting.ticket.cancellation.cancelled:
            return False
        self._metrics.dropped.inc()
        if not waiting.future.done():
            waiting.future.set_exception(WorkCancelled("the client has disconnected"))
        return True

    def _drop_cancelled(self) -> None:
        """Make room: whose client has gone need not wait for the model to be dropped."""
        for waiting in [one for one in self._queue if self._drop(one)]:
            self._queue.remove(waiting)
            self._admission.release(waiting.place)

    def _refuse_waiting(self) -> None:
        while self._queue:
            waiting = self._queue.popleft()
            if not waiting.future.done():
                waiting.future.set_exception(Overloaded("the service is stopping", retry_after=1))
