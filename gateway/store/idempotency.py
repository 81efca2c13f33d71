"""The Idempotency-Key: a repeated request gets the first answer and creates nothing twice."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.database import Database, Session
from gateway.store.insertion import insert_new
from gateway.store.tables import Row
from imgdiff.errors import IdempotencyInFlight, IdempotencyMismatch

_ABANDONED = timedelta(seconds=120)  # age of a claim without an answer whose process is gone; chosen, not measured
_KEPT = timedelta(hours=24)  # for which an answer is replayed; the API's description of the header names it
_RETRY_SECONDS = 1  # Retry-After while the first request is processed; chosen, not measured


class IdempotencyRow(Row):
    """The first request with a key, and its answer as soon as there is one; `route` begins with the tenant."""

    __tablename__ = "idempotency"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    route: Mapped[str] = mapped_column(String(300), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    headers: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Answer:
    """The answer to a creation, as it is stored and replayed."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True)
class Claim:
    """A key, the route it was sent to, and the digest of the request."""

    key: str
    route: str
    fingerprint: str


def fingerprint(request: Any) -> str:
    """The digest of a settled request (asset ids in place of images); it does not depend on the encoding."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def answer_once(database: Database, claim: Claim | None, create: Callable[[Session], Answer]) -> Answer:
    """The answer of `create`, which runs at most once for a claim; creation and answer are committed together.

    Raises IdempotencyInFlight while the first request is processed, IdempotencyMismatch for a different request.
    """
    if claim is None:
        with database.writing() as session:
            return create(session)
    first = _claim(database, claim)
    if first is not None:
        return first
    try:
        with database.writing() as session:
            answer = create(session)
            row = session.get_one(IdempotencyRow, (claim.key, claim.route))
            row.status, row.answer, row.headers = answer.status, answer.body, dict(answer.headers)
            return answer
    except BaseException:
        _release(database, claim)
        raise


def forget_old(database: Database) -> None:
    """Delete expired keys."""
    with database.writing() as session:
        session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < datetime.now(UTC) - _KEPT))


def _claim(database: Database, claim: Claim) -> Answer | None:
    """The first answer, or None when this request has claimed the key."""
    now = datetime.now(UTC)
    with database.writing() as session:
        row = session.get(IdempotencyRow, (claim.key, claim.route), with_for_update=True)
        if row is not None and not _lapsed(row, now):
            return _first_answer(row, claim)
        if row is not None:
            session.delete(row)
            session.flush()
        if not insert_new(session, IdempotencyRow, {**vars(claim), "created_at": now}):
            raise _in_flight()  # a concurrent request claimed it first
    return None


def _lapsed(row: IdempotencyRow, now: datetime) -> bool:
    return now - row.created_at > (_ABANDONED if row.status is None else _KEPT)


def _first_answer(row: IdempotencyRow, claim: Claim) -> Answer:
    if row.fingerprint != claim.fingerprint:
        raise IdempotencyMismatch(f"Idempotency-Key {claim.key!r} was used before with another request")
    if row.status is None:
        raise _in_flight()
    headers = {name: str(value) for name, value in (row.headers or {}).items()}
    return Answer(row.status, row.answer or {}, headers, replayed=True)


def _in_flight() -> IdempotencyInFlight:
    detail = "the first request with this Idempotency-Key is still being processed"
    return IdempotencyInFlight(detail, retry_after=_RETRY_SECONDS)


def _release(database: Database, claim: Claim) -> None:
    with database.writing() as session:
        row = session.get(IdempotencyRow, (claim.key, claim.route))
        if row is not None and row.status is None:
            session.delete(row)
