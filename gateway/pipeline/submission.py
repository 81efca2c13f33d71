"""A job on its way in: written whole before anything is enqueued, refused when there are too many already."""

import math
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from gateway.pipeline.broker import Broker
from gateway.pipeline.donors import donated
from gateway.pipeline.estimates import Pace, estimated
from gateway.settings import GatewaySettings
from gateway.store import datasets, jobs, stages
from gateway.store.database import Database
from gateway.store.idempotency import Answer, Claim, once
from gateway.store.requests import JobRequest
from gateway.store.stages import Waiting
from gateway.store.tables import JobRow, PairRow
from gateway.store.views import view
from imgdiff.errors import Overloaded
from imgdiff.jobs import JobState

_LONGEST_RETRY = 600


@dataclass(frozen=True)
class Submissions:
    """Takes jobs in."""

    settings: GatewaySettings
    database: Database
    broker: Broker

    def refuse_when_full(self) -> None:
        """Raise Overloaded, with the seconds after which there should be room, when no job is taken now."""
        with self.database.reading() as session:
            self._refuse_when_full(session)

    def submit(self, request: JobRequest, claim: Claim | None) -> Answer:
        """Write the job and ring for its first stage; the answer is 202 with the job, or the first one of a claim."""
        waiting: list[Waiting] = []

        def create(session: Session) -> Answer:
            self._refuse_when_full(session)
            settled = donated(session, _seeded(request))
            settled = settled.model_copy(update={"edits_in_flight": self.settings.edits_in_flight})
            row, first = self._written(session, settled)
            waiting.extend(first)
            job = estimated(session, view(session, row), row)
            return Answer(202, job.model_dump(mode="json"), {"Location": job.links.self})

        answer = once(self.database, claim, create)
        self.broker.put(waiting)
        return answer

    def _written(self, session: Session, request: JobRequest) -> tuple[JobRow, list[Waiting]]:
        now = datetime.now(UTC)
        options = request.options
        datasets.ensure(session, options.dataset)
        row = JobRow(
            id=f"job_{uuid.uuid4().hex}", kind=request.kind.value, state=JobState.QUEUED.value,
            dataset=options.dataset, request=request.model_dump(mode="json"), created_at=now,
            deadline_at=now + timedelta(seconds=options.deadline_seconds or self.settings.job_deadline_seconds),
        )  # fmt: skip
        session.add(row)
        session.flush()
        for pair in range(request.pairs):
            session.add(
                PairRow(
                    job_id=row.id, pair=pair, image1=request.image1, image2=request.image2, caption1=options.caption1,
                    caption2=options.caption2, round=0,
                )
            )  # fmt: skip
        first = min(request.pairs, request.edits_in_flight)
        waiting = [stages.add(session, row.id, pair, request.stages[0]) for pair in range(first)]
        jobs.note_state(session, row)
        return row, waiting

    def _refuse_when_full(self, session: Session) -> None:
        limit = self.settings.max_queued_jobs
        over = jobs.unfinished(session) - limit + 1
        if over > 0:
            seconds = Pace.of(session).seconds_for(over)
            detail = f"{limit} jobs are waiting or running, which is the limit; try again later"
            raise Overloaded(detail, retry_after=min(max(math.ceil(seconds), 1), _LONGEST_RETRY))


def _seeded(request: JobRequest) -> JobRequest:
    """With a seed drawn where the client named none, so that a retry makes the same pairs."""
    if request.fields is None or request.fields.seed is not None:
        return request
    seed = secrets.randbelow(2**32)
    return request.model_copy(update={"fields": request.fields.model_copy(update={"seed": seed})})
