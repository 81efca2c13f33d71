"""API keys as they are stored: hashes, never secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from gateway.store.access.tables import KeyRow
from gateway.store.database import Session
from gateway.store.insertion import insert_new
from imgdiff.errors import NotFound

_COARSE = timedelta(hours=1)  # between two writes of a key's last use; chosen, not measured


@dataclass(frozen=True)
class StoredKey:
    """One key; `id` is public, `hash` the SHA-256 of its secret in hexadecimal digits."""

    id: str
    hash: str
    tenant: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None


def add(session: Session, key: StoredKey) -> bool:
    """Store a key; False where there is one with its id already."""
    return insert_new(session, KeyRow, {**vars(key), "scopes": list(key.scopes)})


def read_all(session: Session) -> list[StoredKey]:
    """Every key, also those that are revoked or expired, oldest first."""
    return [_read(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.created_at, KeyRow.id))]


def find(session: Session, id: str) -> StoredKey:  # noqa: A002  the field's name
    """One key by its id; raises NotFound."""
    row = session.get(KeyRow, id)
    if row is None:
        raise _missing(id)
    return _read(row)


def revoke(session: Session, id: str, now: datetime) -> StoredKey:  # noqa: A002  as above
    """End a key for good; one that is revoked already keeps its time. Raises NotFound."""
    row = _existing(session, id)
    row.revoked_at = row.revoked_at or now
    return _read(row)


def expire(session: Session, id: str, at: datetime) -> StoredKey:  # noqa: A002  as above
    """Let a key end at this time unless it ends earlier. Raises NotFound."""
    row = _existing(session, id)
    row.expires_at = at if row.expires_at is None else min(row.expires_at, at)
    return _read(row)


def mark_used(session: Session, ids: Iterable[str], now: datetime) -> None:
    """Note that these keys were used, at most once an hour each."""
    stale = or_(KeyRow.used_at.is_(None), KeyRow.used_at < now - _COARSE)
    session.execute(update(KeyRow).where(KeyRow.id.in_(list(ids)), stale).values(used_at=now))


def _existing(session: Session, id: str) -> KeyRow:  # noqa: A002  as above
    row = session.get(KeyRow, id, with_for_update=True)
    if row is None:
        raise _missing(id)
    return row


def _missing(id: str) -> NotFound:  # noqa: A002  as above
    return NotFound(f"there is no key {id!r}")


def _read(row: KeyRow) -> StoredKey:
    return StoredKey(
        id=row.id,
        hash=row.hash,
        tenant=row.tenant,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
