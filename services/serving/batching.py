"""Batch concurrent requests: a bounded queue, limits on size and delay, answers in order, one model thread."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic

from imgdiff.errors import ImgdiffError, Overloaded
from services.serving.cancellation import Cancellation
from services.serving.engine import MODEL_FAILED, Answer, Engine, Ticket, Work
from services.serving.isolation import unexpected
from services.serving.metrics import ServiceMetrics

_log = logging.getLogger(__name__)
_SMOOTHING = 0.2  # weight of the newest batch in the estimate of seconds a request; chosen, not measured


@dataclass(frozen=True)
class BatchLimits:
    """How many requests share a batch, how long the first one waits for others, how many may queue."""

    max_batch: int
    max_delay: float  # seconds
    max_queue: int


@dataclass
class _Waiting(Generic[Work, Answer]):
    ticket: Ticket[Work]
    future: "asyncio.Future[Answer]"
    since: float = field(default_factory=time.perf_counter)


class MicroBatcher(Generic[Work, Answer]):
    """Runs an engine in one model thread; created and used inside one event loop."""

    def __init__(self, engine: Engine[Work, Answer], limits: BatchLimits, metrics: ServiceMetrics) -> None:
        self._engine = engine
        self._limits = limits
        self._metrics = metrics
        self._queue: asyncio.Queue[_Waiting[Work, Answer]] = asyncio.Queue(limits.max_queue)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._seconds_each = 1.0  # until the first batch was measured

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

    async def submit(self, work: Work, cancellation: Cancellation) -> Answer:
        """The engine's answer; raises Overloaded with a computed Retry-After when the queue is full."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(_Waiting(Ticket(work, cancellation), future))
        except asyncio.QueueFull:
            self._metrics.refused.inc()
            wait = max(1, math.ceil(self._queue.qsize() * self._seconds_each))
            limit = self._limits.max_queue
            raise Overloaded(f"the queue is full ({limit} requests are waiting)", retry_after=wait) from None
        self._metrics.waiting.set(self._queue.qsize())
        return await future

    async def _serve(self) -> None:
        while True:
            batch = [await self._queue.get()]
            deadline = time.perf_counter() + self._limits.max_delay
            while len(batch) < self._limits.max_batch:
                try:
                    left = deadline - time.perf_counter()
                    batch.append(
                        await asyncio.wait_for(self._queue.get(), left) if left > 0 else self._queue.get_nowait()
                    )
                except (TimeoutError, asyncio.QueueEmpty):
                    break
            self._metrics.waiting.set(self._queue.qsize())
            wanted = [waiting for waiting in batch if not waiting.ticket.cancellation.cancelled]
            self._metrics.dropped.inc(len(batch) - len(wanted))
            if wanted:
                await self._answer(wanted)

    async def _answer(self, batch: list[_Waiting[Work, Answer]]) -> None:
        started = time.perf_counter()
        for waiting in batch:
            self._metrics.queue_seconds.observe(started - waiting.since)
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._thread, self._engine.run, [w.ticket for w in batch])
        except Exception as error:  # noqa: BLE001  a failed batch must not end the service
            _log.exception("the engine failed on a batch of %d", len(batch))
            answers = [unexpected(MODEL_FAILED, error)] * len(batch)
        seconds = time.perf_counter() - started
        self._seconds_each += _SMOOTHING * (seconds / len(batch) - self._seconds_each)
        self._metrics.batch_size.observe(len(batch))
        self._metrics.work_seconds.observe(seconds)
        for waiting, answer in zip(batch, answers, strict=True):
            if waiting.future.done():
                continue
            if isinstance(answer, ImgdiffError):
                waiting.future.set_exception(answer)
            else:
                waiting.future.set_result(answer)

    def _refuse_waiting(self) -> None:
        while not self._queue.empty():
            waiting = self._queue.get_nowait()
            if not waiting.future.done():
                waiting.future.set_exception(Overloaded("the service is stopping", retry_after=1))
