"""Jobs as the HTTP layer uses them: submit, read, cancel."""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.access.principal import JobLimit
from gateway.outbound.requests import require_allowed
from gateway.pipeline import states
from gateway.pipeline.broker import Broker
from gateway.pipeline.donors import draw_donors
from gateway.pipeline.estimates import Drain, describe
from gateway.pipeline.order.costs import cost_of, lane_of
from gateway.settings import GatewaySettings
from gateway.store import assets, datasets
from gateway.store.batches import batches
from gateway.store.database import Database, Session
from gateway.store.idempotency import Answer, Claim, answer_once
from gateway.store.isolation import dead_letters
from gateway.store.jobs import jobs
from gateway.store.tenants import dataset_key
from gateway.store.values import JobRequest, QueuedStage, StoredJob, Turn
from gateway.store.webhooks import webhooks
from imgdiff.errors import Conflict, InvalidRequest, Overloaded, QuotaExceeded
from imgdiff.jobs import Job, JobState

_MAX_RETRY_SECONDS = 600  # Retry-After of a full queue; chosen, not measured

Made = tuple[StoredJob, list[QueuedStage]]
"""A new job, and the stages to put on their queues after the commit."""


@dataclass(frozen=True)
class PipelineJobs:
    """A job is written before its first stage is enqueued; it is refused when too many wait already."""

    settings: GatewaySettings
    database: Database
    broker: Broker

    def refuse_when_full(self) -> None:
        """Raise Overloaded, with the seconds until there should be room, when the limit of jobs is reached."""
        with self.database.reading() as session:
            self._refuse_when_full(session)

    def submit(self, request: JobRequest, claim: Claim | None, limit: JobLimit | None = None) -> Answer:
        """Write the job and enqueue its first stages; the answer is 202 with the job, or the stored one of a claim.

        Raises QuotaExceeded when whoever sends it has as many unfinished jobs outside of batches as its limit.
        """

        def make(session: Session) -> Made:
            _refuse_beyond(session, request.tenant, limit)
            return self.create(session, request, limit)

        return self._accept(claim, make)

    def replay(self, tenant: str, letter_id: str, claim: Claim | None, limit: JobLimit | None = None) -> Answer:
        """Write a new job with the request of a dead letter; raises Conflict while one that exists still runs."""

        def make(session: Session) -> Made:
            letter = dead_letters.find(session, tenant, letter_id, lock=True)
            _refuse_beyond(session, tenant, limit)
            made = self.create(session, _require_ended(session, letter.job, letter.replayed_as).request, limit)
            dead_letters.note_replay(session, tenant, letter_id, made[0].id)
            return made

        return self._accept(claim, make)

    def _accept(self, claim: Claim | None, make: Callable[[Session], Made]) -> Answer:
        """Write a job unless there are too many, and enqueue its first stages after the commit."""
        queued: list[QueuedStage] = []

        def create(session: Session) -> Answer:
            self._refuse_when_full(session)
            stored, first = make(session)
            queued.extend(first)
            job = describe(session, stored)
            return Answer(202, job.model_dump(mode="json"), {"Location": job.links.self})

        answer = answer_once(self.database, claim, create)
        self.broker.put(queued)
        return answer

    def prepare(self, session: Session, request: JobRequest) -> JobRequest:
        """The request with a seed and with donors; nothing is locked."""
        return draw_donors(session, _with_seed(request))

    def create(
        self, session: Session, request: JobRequest, limit: JobLimit | None = None, *, batch: bool = False
    ) -> Made:
        """A new job, and the stages to put on their queues after the commit.

        Locks its dataset, then all its images: whoever creates several jobs locks those of all before, in this order.
        """
        options = request.options
        datasets.ensure(session, dataset_key(request.tenant, options.dataset))
        settled = self.prepare(session, request)
        settled = settled.model_copy(update={"edits_in_flight": self.settings.edits_in_flight})
        _use_images(session, settled)
        if options.webhook is not None:
            require_allowed(options.webhook, self.settings.outbound_networks, "/options/webhook")
            webhooks.ensure(session, request.tenant, options.webhook)
        seconds = options.deadline_seconds or self.settings.job_deadline_seconds
        until, account = datetime.now(UTC) + timedelta(seconds=seconds), None if limit is None else limit.account
        cost = cost_of(settled, assets.pixels(session, settled.assets))
        return states.submit(session, settled, until, account, Turn(lane_of(settled, batch=batch), cost))

    def read(self, job_id: str, *, with_records: bool = True) -> Job:
        """The job now; raises NotFound."""
        with self.database.reading() as session:
            return describe(session, jobs.find(session, job_id), with_records=with_records)

    def cancel(self, job_id: str) -> Job:
        """Cancel a job; one that has ended stays as it is. Raises NotFound."""
        with self.database.writing() as session:
            states.end(session, jobs.lock(session, job_id), JobState.CANCELLED)
        return self.read(job_id)

    def _refuse_when_full(self, session: Session) -> None:
        limit = self.settings.max_queued_jobs
        over = jobs.count_unfinished(session) - limit + 1
        if over > 0:
            seconds = Drain.of(session).seconds_until(over)
            detail = f"{limit} jobs are waiting or running, which is the limit; try again later"
            raise Overloaded(detail, retry_after=min(max(math.ceil(seconds), 1), _MAX_RETRY_SECONDS))


def _refuse_beyond(session: Session, tenant: str, limit: JobLimit | None) -> None:
    """Raise QuotaExceeded when an account has so many unfinished jobs; those of batches have a limit of their own."""
    if limit is None or limit.most is None:
        return
    of_batches = 0 if limit.account else batches.count_started(session, tenant)
    over = jobs.count_unfinished_of(session, tenant, limit.account) - of_batches - limit.most + 1
    if over > 0:
        seconds = Drain.of(session, tenant).seconds_until(over)
        detail = (
            f"{limit.whose} may have {limit.most} unfinished jobs; wait until one ends, cancel one, or send a batch"
        )
        raise QuotaExceeded(detail, retry_after=min(max(math.ceil(seconds), 1), _MAX_RETRY_SECONDS))


def _require_ended(session: Session, *job_ids: str | None) -> StoredJob:
    """The first of some jobs, if all have ended; raises Conflict, or NotFound where the first is gone."""
    found = [jobs.find(session, one) for one in job_ids if one is not None]
    for job in found:
        if not job.final:
            raise Conflict(f"the job {job.id} still runs; wait for its end or cancel it")
    return found[0]


def _use_images(session: Session, request: JobRequest) -> None:
    """Keep the request's images from being deleted; raises InvalidRequest where one was just now."""
    gone = request.assets - assets.use(session, request.assets, request.tenant)
    if gone:
        raise InvalidRequest(f"{', '.join(sorted(gone))}: deleted since it was uploaded; upload it again")


def _with_seed(request: JobRequest) -> JobRequest:
    """The request with a seed; one is drawn where the client gave none, so that a retry makes the same pairs."""
    if request.fields is None or request.fields.seed is not None:
        return request
    seed = secrets.randbelow(2**32)
    return request.model_copy(update={"fields": request.fields.model_copy(update={"seed": seed})})
