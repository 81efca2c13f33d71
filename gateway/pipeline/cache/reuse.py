"""Answer a stage from an earlier result of the same request, if there is one and all that it names is still there."""

from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from gateway.pipeline.cache.fingerprints import fingerprint
from gateway.pipeline.cache.ledger import Ledger
from gateway.pipeline.cache.revisions import Revisions
from gateway.pipeline.stage_table import STAGES, Files, Result, StoredEditing
from gateway.store import assets as asset_rows
from gateway.store.database import Database, Session
from gateway.store.objects import AssetStore
from gateway.store.results import entries
from gateway.store.results.usage import Usage
from gateway.store.values import JobRequest, Stage
from imgdiff.jobs import StageName
from imgdiff.records import AssetId


@dataclass(frozen=True)
class Question:
    """What a stage asks its service, for a job."""

    name: StageName
    job: JobRequest
    request: BaseModel
    files: Files


@dataclass(frozen=True)
class Answered:
    """A stage's result; `fingerprint` is its request's, if it may be used again, `cached` tells that it was used."""

    result: Result
    fingerprint: str | None = None
    cached: bool = False


@dataclass(frozen=True)
class ResultCache:
    """The results of all jobs as one worker uses them; `most` entries are kept, and with 0 nothing is used again."""

    database: Database
    assets: AssetStore
    revisions: Revisions
    ledger: Ledger
    most: int

    def revision(self, name: StageName) -> str | None:
        """The revision whose results may be used; asks the service, if that was not just done."""
        return self.revisions.now(name) if self.most else None

    def find(self, session: Session, question: Question, revision: str | None) -> str | None:
        """The text of an earlier result, which `use` reads; None where there is none, or the job wants a new one."""
        if revision is None or question.job.options.fresh:
            return None
        return entries.find(session, _fingerprint(question, revision))

    def use(self, question: Question, revision: str | None, text: str | None) -> Answered | None:
        """The earlier result, whose images the tenant holds from now on; None unless it can be read and has them."""
        answered = None if text is None else self._read(question, text)
        if self.most:
            self.ledger.count(question.name, question.job.tenant, _count(question, revision, answered))
        if answered is not None and revision is not None:
            self.ledger.use(_fingerprint(question, revision))
        return answered

    def answer(self, question: Question, result: Result, revision: str | None) -> Answered:
        """What a service has just answered; it may be used again where the answer names a revision."""
        if not self.most:
            return Answered(result)
        self.revisions.note(question.name, revision)
        return Answered(result, None if revision is None else _fingerprint(question, revision))

    def keep(self, session: Session, stage: Stage, tenant: str, answered: Answered) -> None:
        """Let the result of a stage, which the caller writes in this transaction, answer the same request."""
        if answered.fingerprint is not None:
            entries.put(session, answered.fingerprint, stage, tenant)

    def _read(self, question: Question, text: str) -> Answered | None:
        try:
            result = STAGES[question.name].result.model_validate_json(text)
        except ValidationError:
            return None  # damaged, or of a version that stored something else
        return Answered(result, cached=True) if self._hold(_images(result), question.job.tenant) else None

    def _hold(self, images: set[AssetId], tenant: str) -> bool:
        """Whether the tenant has all these images, which it uses now, so that none is deleted as unused."""
        if not images:
            return True
        with self.database.writing() as session:
            held = asset_rows.use(session, images, tenant)
        return held == images and all(self.assets.has(one) for one in images)


def _fingerprint(question: Question, revision: str) -> str:
    return fingerprint(question.job.tenant, question.name, revision, question.request, question.files)


def _count(question: Question, revision: str | None, answered: Answered | None) -> Usage:
    if answered is not None:
        return Usage(hits=1)
    return Usage(bypassed=1) if revision is None or question.job.options.fresh else Usage(misses=1)


def _images(result: Result) -> set[AssetId]:
    """Images that a result names beside those of its request."""
    if not isinstance(result, StoredEditing) or result.pair is None:
        return set()
    return {one for one in (result.pair.image1, result.pair.image2) if one is not None}
