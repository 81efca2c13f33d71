"""The Idempotency-Key: a repeated request gets the first answer and creates nothing twice.

Key, creation and answer are one transaction. Whoever is killed in it leaves nothing, so that a repeated request begins
anew at once; one that comes meanwhile waits for it.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.database import Database, DatabaseUnavailable, Session
from gateway.store.execution import execute, table_of
from gateway.store.insertion import insert_new
from gateway.store.tables import Row
from imgdiff.errors import IdempotencyInFlight, IdempotencyMismatch

_ABANDONED = timedelta(seconds=120)  # age of a claim without an answer, which earlier versions made; chosen
_NO_LIMIT = "0"  # as PostgreSQL writes it; other locks of the transaction are waited for as ever
_WAIT = "2s"  # for another request with the same key; chosen, not measured
_KEPT = timedelta(hours=24)  # for which an answer is replayed; the API's description of the header names it
_RETRY_SECONDS = 1  # Retry-After while the first request is processed; chosen, not measured
_LOCK_TIMEOUT = "55P03"  # lock_not_available in PostgreSQL's table of errors


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


_KEYS = table_of(IdempotencyRow)
_WAIT_FOR = select(func.set_config("lock_timeout", bindparam("time"), True))
_ANSWER = (
    update(_KEYS)
    .where(_KEYS.c.key == bindparam("this"), _KEYS.c.route == bindparam("there"))
    .values({name: bindparam(f"new_{name}") for name in ("status", "answer", "headers")})
)


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
    """The answer of `create`, which is kept at most once for a claim; key, creation and answer are committed together.

    Raises IdempotencyInFlight while the first request takes long, IdempotencyMismatch for a different request.
    """
    with database.writing() as session:
        if claim is None:
            return create(session)
        first = _claim(session, claim)
        if first is not None:
            return first
        answer = create(session)
        values = {"new_status": answer.status, "new_answer": answer.body, "new_headers": dict(answer.headers)}
        execute(session, _ANSWER, {"this": claim.key, "there": claim.route, **values})
        return answer


def forget_old(database: Database) -> None:
    """Delete expired keys."""
    with database.writing() as session:
        session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < datetime.now(UTC) - _KEPT))


def _claim(session: Session, claim: Claim) -> Answer | None:
    """The first answer, or None when this transaction has the key."""
    now = datetime.now(UTC)
    row = {**vars(claim), "created_at": now}
    if _insert(session, row):
        return None
    stored = session.get_one(IdempotencyRow, (claim.key, claim.route), with_for_update=True)
    if not _lapsed(stored, now):
        return _first_answer(stored, claim)
    session.delete(stored)
    session.flush()
    _insert(session, row)
    return None


def _insert(session: Session, row: dict[str, Any]) -> bool:
    """Whether the key is new; waits for another transaction that has it, on SQLite for any other."""
    if session.get_bind().dialect.name == "sqlite":
        return insert_new(session, IdempotencyRow, row)
    execute(session, _WAIT_FOR, {"time": _WAIT})
    try:
        inserted = insert_new(session, IdempotencyRow, row)
    except DatabaseUnavailable as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_TIMEOUT:
            raise _in_flight() from error
        raise
    execute(session, _WAIT_FOR, {"time": _NO_LIMIT})
    return inserted


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
