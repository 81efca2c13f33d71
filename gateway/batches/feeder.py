"""The feeder creates the jobs of batches, a few at a time, and notes which have ended.

Any number may run at a time; one works while it holds the locks of all open batches. A line's job and the note of it
are committed together, so a line has one job whoever is killed. Few jobs of batches are in flight, so that the
limit of jobs leaves room for single requests.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import ValidationError

from gateway.batches.endings import cancel, jobs_to_stop, note_ended
from gateway.pipeline.broker import Broker
from gateway.settings import GatewaySettings
from gateway.store import assets, datasets
from gateway.store.batches import batches, lines
from gateway.store.batches.values import StoredBatch, WaitingLine
from gateway.store.database import Database, DatabaseUnavailable, Session
from gateway.store.jobs import jobs
from gateway.store.tenants import dataset_key
from gateway.store.values import JobRequest, QueuedStage, StoredJob
from imgdiff.batches.documents import BatchState
from imgdiff.errors import Conflict, ImgdiffError

_log = logging.getLogger(__name__)
_ABANDONED = timedelta(days=7)  # since the last bytes of a file that is not whole; chosen, not measured


class Jobs(Protocol):
    """The pipeline as the feeder uses it."""

    @property
    def settings(self) -> GatewaySettings:
        """The gateway's settings."""

    @property
    def database(self) -> Database:
        """Where jobs are written."""

    @property
    def broker(self) -> Broker:
        """Where stages are queued."""

    def prepare(self, session: Session, request: JobRequest) -> JobRequest:
        """The request with all that the gateway draws."""

    def create(
        self, session: Session, request: JobRequest, *, batch: bool = False
    ) -> tuple[StoredJob, list[QueuedStage]]:
        """A new job, and the stages to put on their queues after the commit."""

    def cancel(self, job_id: str) -> object:
        """Cancel a job that has not ended; raises NotFound."""


@dataclass(frozen=True)
class Feeder:
    """`feed` makes one pass over all open batches, `run` makes them until it is stopped."""

    jobs: Jobs

    async def run(self, stopping: asyncio.Event) -> None:
        """Feed until `stopping` is set; a pass that fails is followed by another."""
        while not stopping.is_set():
            try:
                await asyncio.to_thread(self.feed)
            except Exception:  # noqa: BLE001  whatever it is, the next pass must come
                _log.warning("batches could not be fed", exc_info=True)
            try:
                await asyncio.wait_for(stopping.wait(), self.jobs.settings.sweep_seconds)
            except TimeoutError:
                continue

    def feed(self) -> None:
        """One pass."""
        with self.jobs.database.reading() as session:
            late = batches.abandoned(session, datetime.now(UTC) - _ABANDONED)
            is_open = batches.has_open(session)
        for batch_id in late:
            cancel(self.jobs.database, self.jobs.cancel, batch_id)
        if not is_open:
            return
        with self.jobs.database.writing() as session:
            settled = [note_ended(session, batch) for batch in batches.lock_open(session)]
            queued = self._start(session, [one for one in settled if one.state is BatchState.RUNNING])
            orphans = jobs_to_stop(session, settled)
        self.jobs.broker.put(queued)
        for job_id in orphans:
            self.jobs.cancel(job_id)

    def _start(self, session: Session, running: Sequence[StoredBatch]) -> list[QueuedStage]:
        """Create the jobs that there is room for."""
        chosen, queued = self._choose(session, running), []
        chosen = [(batch, [self._prepare(session, line) for line in waiting]) for batch, waiting in chosen]
        _lock(session, [request for _, waiting in chosen for line in waiting if (request := _read(line)) is not None])
        for batch, waiting in chosen:
            failed = 0
            for line in waiting:
                first = self._create(session, batch, line)
                failed += first is None
                queued += first or []
            _save(session, batch, started=len(waiting) - failed, failed=failed)
        return queued

    def _choose(self, session: Session, running: Sequence[StoredBatch]) -> list[tuple[StoredBatch, list[WaitingLine]]]:
        """The lines to start, an equal share for each batch."""
        room, chosen = self._room(session, running), []
        for count, batch in zip(range(len(running), 0, -1), running, strict=True):
            waiting = lines.waiting(session, batch.sequence, -(-room // count))
            room -= len(waiting)
            chosen.append((batch, waiting))
        return chosen

    def _room(self, session: Session, running: Sequence[StoredBatch]) -> int:
        """Jobs that may be created: half of the limit of jobs is left to single requests."""
        limit = self.jobs.settings.max_queued_jobs
        most = min(self.jobs.settings.batch_jobs_in_flight, max(limit // 2, 1))
        return max(min(most - sum(batch.started for batch in running), limit - jobs.count_unfinished(session)), 0)

    def _prepare(self, session: Session, line: WaitingLine) -> WaitingLine:
        """The line with the donors that are drawn for it, so that all its images are known; unchanged if that fails."""
        request = _read(line)
        if request is None:
            return line
        try:
            with session.begin_nested():
                return replace(line, request=self.jobs.prepare(session, request).model_dump(mode="json"))
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001  whatever it is, it concerns this line only, which will fail with it
            return line

    def _create(self, session: Session, batch: StoredBatch, line: WaitingLine) -> list[QueuedStage] | None:
        """Create a line's job; None where that cannot be done, which the line then says."""
        try:
            with session.begin_nested():
                job, queued = self.jobs.create(session, JobRequest.model_validate(line.request), batch=True)
                lines.start(session, batch.sequence, line.line, job.id)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it concerns this line only
            _log.exception("line %d of %s cannot be started", line.line, batch.id)
            known = error if isinstance(error, ImgdiffError) else ImgdiffError("the line could not be started")
            lines.fail(session, batch.sequence, line.line, known.problem())
            return None
        return queued


def _read(line: WaitingLine) -> JobRequest | None:
    """The request of a line; None where it cannot be read, with which the line will fail."""
    try:
        return JobRequest.model_validate(line.request)
    except ValidationError:
        return None


def _lock(session: Session, requests: Sequence[JobRequest]) -> None:
    """Lock the datasets, then the images, each in order and all before the first job: else requests and feeder could
    wait for one another.
    """
    for key in sorted({dataset_key(request.tenant, request.options.dataset) for request in requests}):
        with suppress(Conflict):  # it is being deleted, with which the lines will fail
            datasets.ensure(session, key)
    named: defaultdict[str, set[str]] = defaultdict(set)
    for request in requests:
        named[request.tenant] |= request.assets
    assets.use_all(session, named)


def _save(session: Session, batch: StoredBatch, started: int, failed: int) -> None:
    """Count the new jobs; complete a batch whose lines have all ended."""
    counted = replace(batch, started=batch.started + started, failed=batch.failed + failed)
    if counted.succeeded + counted.failed + counted.rejected == counted.total:
        counted = replace(counted, state=BatchState.COMPLETED, finished_at=datetime.now(UTC))
    if counted != batch:
        batches.save(session, counted)
