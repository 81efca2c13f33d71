"""The sweeper finds work that was lost between the database and the queue, or with its worker, and restarts it.

Any number may run at a time: each claims what it finds, under a lock or by a compare-and-set, before it acts.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import redis

from gateway.pipeline import isolation, states
from gateway.pipeline.broker import Broker
from gateway.settings import GatewaySettings
from gateway.store.database import Database, DatabaseUnavailable, Session
from gateway.store.idempotency import forget_old
from gateway.store.jobs import clocks, deferrals, jobs, stages
from gateway.store.order import waiting
from gateway.store.values import QueuedStage, StoredJob
from imgdiff.errors import DeadlineExceeded
from imgdiff.jobs import JobState, StageName

_log = logging.getLogger(__name__)
_DELIVERY = timedelta(seconds=5)  # longer than a free worker needs to take a message; chosen, not measured
_FORGET_SECONDS = 600.0  # between two clean-ups of old Idempotency-Keys; chosen, not measured
_HASTENED = 4  # stages of a service that is back, in one sweep: few, as it may be busy; chosen, not measured
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LEAST_JUMP = 3  # a part of a lease, which a live worker renews as often; chosen, not measured


@dataclass
class WallClock:
    """Notices when the wall clock moves against the monotonic one, by which nothing jumps; both in seconds."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    _ahead: float | None = None

    def jumped(self, least: float) -> bool:
        """Whether the wall clock has jumped by `least` seconds, either way, since the last call."""
        before, self._ahead = self._ahead, self.wall() - self.steady()
        return before is not None and abs(self._ahead - before) >= least


@dataclass(frozen=True)
class Sweeper:
    """`sweep` makes one pass over everything, `run` makes them until it is stopped."""

    settings: GatewaySettings
    database: Database
    broker: Broker
    clock: WallClock = field(default_factory=WallClock, kw_only=True)
    _missing: dict[StageName, int] = field(default_factory=dict, init=False)

    async def run(self, stopping: asyncio.Event) -> None:
        """Sweep until `stopping` is set; a sweep that has begun is finished, one that fails is followed by another."""
        forgotten = time.monotonic()
        while not await _is_set_within(stopping, self.settings.sweep_seconds):
            try:
                await asyncio.to_thread(self.sweep)
                if time.monotonic() - forgotten > _FORGET_SECONDS:
                    forgotten = time.monotonic()
                    await asyncio.to_thread(forget_old, self.database)
            except Exception:  # noqa: BLE001  whatever it is, the next sweep must come
                _log.warning("a sweep failed", exc_info=True)

    def sweep(self) -> None:
        """One pass; a job that cannot be handled does not hold up the others."""
        if self.clock.jumped(self.settings.lease_seconds / _LEAST_JUMP):
            self._restart_clocks()
        self._expire_jobs()
        self._retry_abandoned()
        self._find_lost_messages()
        self._move_quarantines()
        self._hasten_deferred()
        self._enqueue_due()

    def _restart_clocks(self) -> None:
        """Leases and pauses were counted by a clock that has jumped since; no worker has died of it."""
        _log.warning("the clock has jumped, or this machine slept: every running stage has a new lease")
        now = datetime.now(UTC)
        with self.database.writing() as session:
            clocks.restart(session, now, now + timedelta(seconds=self.settings.lease_seconds))

    def _expire_jobs(self) -> None:
        with self.database.reading() as session:
            overdue, late = jobs.overdue(session, datetime.now(UTC)), jobs.late(session, datetime.now(UTC))
        for job_id in overdue:
            with _skip_on_error(job_id), self.database.writing() as session:
                job = jobs.lock(session, job_id)
                _expire(session, job, f"the job was not done by its deadline, {job.deadline_at:{_TIME}}")
        for job_id in late:
            with _skip_on_error(job_id), self.database.writing() as session:
                job = jobs.lock(session, job_id)
                if job.state is JobState.QUEUED:  # it may have begun just now
                    _expire(session, job, f"the job had not begun by its start deadline, {job.start_by:{_TIME}}")

    def _retry_abandoned(self) -> None:
        """Retry running stages whose lease has expired: their worker is gone."""
        now = datetime.now(UTC)
        queued: list[QueuedStage] = []
        with self.database.reading() as session:
            abandoned = stages.abandoned(session, now)
        for stage_id in abandoned:
            with _skip_on_error(stage_id), self.database.writing() as session:
                job = jobs.lock(session, stages.get(session, stage_id).job_id)
                if stages.is_abandoned(session, stage_id, now):
                    stage = stages.get(session, stage_id)
                    _log.warning("%s (%s) lost its worker in attempt %d", stage_id, stage.name, stage.attempts)
                    shared = len(abandoned) > 1
                    queued += states.isolate(session, job, stage, "its worker was lost", shared=shared)
        self.broker.put(queued)

    def _find_lost_messages(self) -> None:
        """Mark stages that wait without a message: there are fewer of these than stages, in two sweeps in a row.

        Any message begins any stage of its queue, so only their numbers say that one is gone.
        """
        for name in StageName:
            missing = self._count_missing(name)
            lost, self._missing[name] = min(missing, self._missing.get(name, 0)), missing
            if lost:
                with self.database.writing() as session:
                    count = waiting.take_off(session, name, datetime.now(UTC) - _DELIVERY, lost)
                self._missing[name] = 0
                _log.warning("%d stages were lost from the queue %s", count, name)

    def _count_missing(self, name: StageName) -> int:
        """Stages that should have been begun by now, beyond the messages for them; 0 where that is not known.

        A message that a worker has just taken, and that has begun no stage so far, will begin one.
        """
        try:
            messages, taken = self.broker.depth(name), self.broker.in_hands(_DELIVERY.total_seconds())
        except (redis.RedisError, OSError):
            return 0
        since = datetime.now(UTC) - _DELIVERY
        with self.database.reading() as session:
            late = waiting.count_since(session, name, since)
            if late <= messages:
                return 0
            return max(0, late - messages - max(0, taken - waiting.count_begun(session, since)))

    def _move_quarantines(self) -> None:
        """Let the next suspects run."""
        with self.database.reading() as session:
            names = isolation.waiting(session)
        for name in sorted(names):
            with self.database.writing() as session:
                queued = isolation.proceed(session, name)
            self.broker.put(queued)

    def _hasten_deferred(self) -> None:
        """Try one stage of a service that was away before its time, and more once its service has done one."""
        now = datetime.now(UTC)
        with self.database.reading() as session:
            found = {name: deferrals.is_back(session, name, now) for name in deferrals.waiting(session, now)}
        for name, is_back in found.items():
            with self.database.writing() as session:
                deferrals.hasten(session, name, now, _HASTENED if is_back else 1)

    def _enqueue_due(self) -> None:
        """Put due stages on their queues."""
        now = datetime.now(UTC)
        with self.database.reading() as session:
            if not stages.has_due(session, now):
                return
        with self.database.writing() as session:
            queued = stages.claim_due(session, now, isolation.shut(session))
        self.broker.put(queued)


def _expire(session: Session, job: StoredJob, detail: str) -> None:
    states.end(session, job, JobState.EXPIRED, DeadlineExceeded(detail).problem(f"/v1/jobs/{job.id}"))


@contextmanager
def _skip_on_error(what: str) -> Iterator[None]:
    """Log and skip what cannot be handled, such as a request of a later version; without a database the sweep ends."""
    try:
        yield
    except DatabaseUnavailable:
        raise
    except Exception:  # noqa: BLE001  whatever it is, it concerns this one only
        _log.exception("%s could not be handled", what)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
