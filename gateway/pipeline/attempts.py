"""One attempt at one stage: start it, call its service while the lease is renewed, write the outcome."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from gateway.pipeline import isolation, states
from gateway.pipeline.broker import Broker
from gateway.pipeline.cache.reuse import Answered, Question, ResultCache
from gateway.pipeline.order import tickets
from gateway.pipeline.results import accept
from gateway.pipeline.service_calls import BrokeDown, Caller, CallFailed, Cancelled, Refused, ServiceCall, Unavailable
from gateway.pipeline.stage_inputs import read_input
from gateway.pipeline.stage_table import STAGES, Images, StageInput, next_stage
from gateway.settings import GatewaySettings
from gateway.store import assets as asset_rows
from gateway.store.database import Database, DatabaseUnavailable, Session
from gateway.store.isolation import quarantines
from gateway.store.jobs import jobs, stages
from gateway.store.objects import AssetStore
from gateway.store.scenes.fingerprints import take_fingerprint
from gateway.store.scenes.settling import settle_ahead
from gateway.store.values import Attempt, QueuedStage, Stage, StoredJob
from imgdiff.errors import ServiceUnavailable
from imgdiff.images import ImagePair, decode, decode_pair
from imgdiff.jobs import StageName
from imgdiff.records import AssetId

_log = logging.getLogger(__name__)
_CONTENDED_SECONDS = 0.02  # before a ticket is tried again while others hold all jobs; chosen, not measured
_MOST_TRIES = 250  # of that, 5 s; then the sweeper finds the stage that is left; chosen, not measured
_RENEWALS = 3  # of a lease before it would expire: two may be late; chosen, not measured

Write = Callable[[Session, StoredJob, Stage], list[QueuedStage]]
"""Writes the outcome of an attempt; returns the stages to put on their queues."""


@dataclass(frozen=True)
class WorkerContext:
    """What a worker process holds open; `closing` is set when it must hand back its work."""

    settings: GatewaySettings
    database: Database
    assets: AssetStore
    broker: Broker
    caller: Caller
    cache: ResultCache
    closing: threading.Event = field(default_factory=threading.Event)

    def attempt(self, name: StageName, ticket: str) -> None:
        """Run the stage that a ticket of this name begins, and write its outcome; raises only DatabaseUnavailable.

        Where it leads to another stage, this worker goes on with that one, as long as the message is its own.
        """
        until = time.monotonic() + self.settings.visibility_timeout_seconds - self.settings.stage_deadline_seconds
        attempt = self._begin(name, ticket)
        while attempt is not None:  # delivered twice, cancelled or expired
            attempt = self._work(attempt, until)

    def _begin(self, name: StageName, ticket: str) -> Attempt | None:
        for _ in range(_MOST_TRIES):
            with suppress(tickets.Contended), self.database.writing() as session:
                return tickets.begin(session, name, ticket, self.settings.lease_seconds)
            if self.closing.wait(_CONTENDED_SECONDS):
                break
        return None

    def _work(self, attempt: Attempt, until: float) -> Attempt | None:
        """Run one stage and write its outcome; returns the attempt at the stage that follows, if it was begun."""
        try:
            answered = self._run(attempt)
            write = partial(self._accept, answered)
            return self._settle(attempt, write, until, answered=not answered.cached)
        except Cancelled:
            self._defer(attempt, 0.0)  # nothing to write if the job has ended; a closing worker frees the stage
        except (Unavailable, ServiceUnavailable) as error:
            _log.info("%s waits for %s: %s", attempt.stage_id, attempt.name, error)
            self._defer(attempt, error.pause if isinstance(error, Unavailable) else None)
        except BrokeDown as error:
            self._isolate(attempt, str(error))
        except CallFailed as error:
            self._retry(attempt, str(error))
        except Refused as error:
            problem = error.problem.model_copy(update={"instance": f"/v1/jobs/{attempt.job_id}"})
            self._settle(
                attempt, lambda session, job, stage: states.refuse(session, job, stage, problem), answered=True
            )
        except DatabaseUnavailable:
            raise  # the lease expires and the sweeper takes over
        except Exception as error:  # noqa: BLE001  whatever it is, the stage must not be lost
            _log.exception("%s failed in %s", attempt.stage_id, attempt.name)
            self._retry(attempt, f"internal error ({type(error).__name__})")
        return None

    def _run(self, attempt: Attempt) -> Answered:
        """The stage's result, an earlier one if the same was asked before.

        Raises NotFound when an image is lost, ServiceUnavailable when their store is away.
        """
        spec, revision = STAGES[attempt.name], self.cache.revision(attempt.name)
        with self.database.reading() as session:
            inputs = read_input(session, jobs.find(session, attempt.job_id).request, attempt)
            question = Question(attempt.name, inputs.request, spec.build_request(inputs), spec.files(inputs))
            earlier = self.cache.find(session, question, revision)
        answered = self.cache.use(question, revision, earlier) or self._ask(attempt, question)
        if next_stage(inputs.request.kind, attempt.name) is None:
            self._settle_scene(inputs)
        return answered

    def _settle_scene(self, inputs: StageInput) -> None:
        """The scene of the record that follows."""
        image1, image2 = inputs.pair.image1, inputs.pair.image2
        if image1 is not None and image2 is not None:
            settle_ahead(self.database, image1, image2, inputs.request.tenant)

    def _ask(self, attempt: Attempt, question: Question) -> Answered:
        """The result that the stage's service gives."""
        spec, tenant = STAGES[question.name], question.job.tenant
        files = [(name, self.assets.get(one)) for name, one in question.files]
        call = ServiceCall(question.name, files, question.request)
        reply = self.caller.call(call, spec.answer, self._watch(attempt))
        images = Images(dict(files), self._read_pair, partial(self._store_image, tenant))
        return self.cache.answer(question, spec.store(reply.answer, call.request, images), reply.revision)

    def _accept(self, answered: Answered, session: Session, job: StoredJob, stage: Stage) -> list[QueuedStage]:
        self.cache.keep(session, stage, job.request.tenant, answered)
        marked = stage.model_copy(update={"cached": answered.cached})
        return accept(session, job, marked, answered.result, self.settings.edit_rounds)

    def _watch(self, attempt: Attempt) -> Callable[[], bool]:
        """Whether the attempt still counts; renews its lease in time."""
        seconds = self.settings.lease_seconds
        renewed = time.monotonic()

        def is_wanted() -> bool:
            nonlocal renewed
            if self.closing.is_set():
                return False
            if time.monotonic() - renewed < seconds / _RENEWALS:
                with self.database.reading() as session:
                    return stages.is_current(session, attempt)
            renewed = time.monotonic()
            with self.database.writing() as session:
                return stages.renew_lease(session, attempt, seconds)

        return is_wanted

    def _read_pair(self, png1: bytes, png2: bytes) -> ImagePair:
        return decode_pair(png1, png2, self.settings.made_limits)

    def _store_image(self, tenant: str, png: bytes) -> AssetId:
        image = decode(png, "/image", self.settings.made_limits)
        height, width = image.shape[:2]
        fingerprint, size = take_fingerprint(image), (width, height)
        return asset_rows.keep(self.database, self.assets, png, size, fingerprint=fingerprint, tenant=tenant).id

    def _retry(self, attempt: Attempt, why: str) -> None:
        _log.warning("attempt %d at %s (%s): %s", attempt.number, attempt.stage_id, attempt.name, why)
        limit = self.settings.max_attempts
        self._settle(attempt, lambda session, job, stage: states.retry(session, job, stage, why, limit))

    def _defer(self, attempt: Attempt, pause: float | None) -> None:
        self._settle(attempt, lambda session, job, stage: states.defer(session, job, stage, pause))

    def _isolate(self, attempt: Attempt, why: str) -> None:
        _log.warning("%s (%s): %s", attempt.stage_id, attempt.name, why)
        self._settle(attempt, lambda session, job, stage: states.isolate(session, job, stage, why))

    def _settle(self, attempt: Attempt, write: Write, until: float = 0.0, *, answered: bool = False) -> Attempt | None:
        """Write under the job's lock if the attempt still counts, then put the stages that follow on their queues.

        Before the time `until`, an attempt at the next stage of the pair begins in the same transaction. `answered`
        says that the service did its work, so that nothing which it died of before is its own fault.
        """
        following: Attempt | None = None
        with self.database.writing() as session:
            locked = states.lock_attempt(session, attempt)
            queued = [] if locked is None else write(session, *locked)
            if locked is not None and queued and self._may_go_on(locked[0], attempt, queued[0], until):
                following = states.go_on(session, locked[0], queued.pop(0), self.settings.lease_seconds)
            stays = locked is None or quarantines.find(session, attempt.name).idle
        if not stays:
            with self.database.writing() as session:
                queued += isolation.proceed(session, attempt.name, attempt.stage_id, succeeded=answered)
        self.broker.put(queued)
        return following

    def _may_go_on(self, job: StoredJob, attempt: Attempt, following: QueuedStage, until: float) -> bool:
        """Whether this worker takes the stage that follows; the first one of another pair is no such."""
        follows = following.name is next_stage(job.kind, attempt.name) and following.name in self.settings.worker_stages
        return follows and time.monotonic() < until and not self.closing.is_set()
