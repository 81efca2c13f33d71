"""The sweeper: finds work that was lost between the database and the queue, or with its worker, and sets it going.

Any number may run at once: every finding is claimed under a lock or by a compare-and-set before it is acted upon.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import OperationalError

from gateway.pipeline.broker import Broker
from gateway.settings import GatewaySettings
from gateway.store import jobs, stages
from gateway.store.database import Database
from gateway.store.idempotency import forget_old
from gateway.store.stages import Waiting
from gateway.store.tables import JobRow, StageRow
from imgdiff.errors import DeadlineExceeded
from imgdiff.jobs import JobState, StageName, StageState

_log = logging.getLogger(__name__)
_HEARD = timedelta(seconds=5)  # longer than a worker needs to take a message up
_FORGET_SECONDS = 600.0


@dataclass(frozen=True)
class Sweeper:
    """Looks once when `sweep` is called, again and again in `run`."""

    settings: GatewaySettings
    database: Database
    broker: Broker

    async def run(self, stopping: asyncio.Event) -> None:
        """Sweep until told to stop, the sweep begun to its end; a database or Redis that is away is asked again."""
        forgotten = time.monotonic()
        while not await _told(stopping, self.settings.sweep_seconds):
            try:
                await asyncio.to_thread(self.sweep)
                if time.monotonic() - forgotten > _FORGET_SECONDS:
                    forgotten = time.monotonic()
                    await asyncio.to_thread(forget_old, self.database)
            except Exception:  # noqa: BLE001  whatever it is, the next sweep must come
                _log.warning("the sweep was cut short", exc_info=True)

    def sweep(self) -> None:
        """One look at everything; a job that cannot be dealt with keeps no other waiting."""
        self._expire_jobs()
        self._free_abandoned()
        self._find_lost()
        self._ring_due()

    def _expire_jobs(self) -> None:
        now = datetime.now(UTC)
        late = select(JobRow.id).where(JobRow.state.in_(jobs.UNFINISHED), JobRow.deadline_at < now)
        for job_id in self._ids(late):
            with _left_if_broken(job_id), self.database.writing() as session:
                job = jobs.lock(session, job_id)
                detail = f"the job was not done by its deadline, {job.deadline_at:%Y-%m-%dT%H:%M:%SZ}"
                jobs.end(session, job, JobState.EXPIRED, DeadlineExceeded(detail).problem(f"/v1/jobs/{job_id}"))

    def _free_abandoned(self) -> None:
        """Running stages whose lease is over: their worker is gone."""
        now = datetime.now(UTC)
        running = StageRow.state == StageState.RUNNING.value
        waiting: list[Waiting] = []
        for stage_id in self._ids(select(StageRow.id).where(running, StageRow.lease_until < now)):
            with _left_if_broken(stage_id), self.database.writing() as session:
                known = session.get_one(StageRow, stage_id)
                job = jobs.lock(session, known.job_id)
                stage = session.get_one(StageRow, stage_id, populate_existing=True)
                if stage.state == StageState.RUNNING and stage.lease_until is not None and stage.lease_until < now:
                    _log.warning("%s (%s) lost its worker in attempt %d", stage_id, stage.name, stage.attempts)
                    waiting += stages.retry(session, job, stage, "its worker was lost", self.settings.max_attempts)
        self.broker.put(waiting)

    def _find_lost(self) -> None:
        """Queued stages whose message is gone: later ones were taken up, or nothing is left on the queue."""
        for name in StageName:
            cutoff = self._heard_until(name)
            if cutoff is None:
                continue
            queued = (StageRow.state == StageState.QUEUED.value, StageRow.name == name.value)
            lost = update(StageRow).where(*queued, StageRow.enqueued_at < cutoff)
            some = select(StageRow.id).where(*queued, StageRow.enqueued_at < cutoff).limit(1)
            if self._ids(some):
                with self.database.writing() as session:
                    found = session.scalars(lost.values(enqueued_at=None).returning(StageRow.id)).all()
                _log.warning("%d stages were lost from the queue %s", len(found), name)

    def _heard_until(self, name: StageName) -> datetime | None:
        """Stages put on the queue before this should have been taken up; None when that cannot be said."""
        try:
            waiting = self.broker.depth(name)
        except (redis.RedisError, OSError):
            return None
        if waiting == 0:
            return datetime.now(UTC) - _HEARD
        taken = select(func.max(StageRow.enqueued_at)).where(
            StageRow.name == name.value, StageRow.started_at > datetime.now(UTC) - timedelta(minutes=10)
        )
        with self.database.reading() as session:
            newest: datetime | None = session.scalar(taken)
        return None if newest is None else newest - _HEARD

    def _ring_due(self) -> None:
        """Stages that wait to be put on their queue and whose time has come."""
        now = datetime.now(UTC)
        due = (StageRow.state == StageState.QUEUED.value, StageRow.enqueued_at.is_(None), StageRow.due_at <= now)
        if not self._ids(select(StageRow.id).where(*due).limit(1)):
            return
        claimed = update(StageRow).where(*due).values(enqueued_at=now).returning(StageRow.id, StageRow.name)
        with self.database.writing() as session:
            found = [Waiting(stage_id, StageName(name)) for stage_id, name in session.execute(claimed)]
        self.broker.put(found)

    def _ids(self, statement: Select[str]) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(statement))


@contextmanager
def _left_if_broken(what: str) -> Iterator[None]:
    """Pass over what cannot be dealt with, such as a request of a later version; without a database the sweep ends."""
    try:
        yield
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001  whatever it is, it is this one's only
        _log.exception("%s could not be dealt with", what)


async def _told(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
