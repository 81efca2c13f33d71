"""Issue, rotate and revoke API keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.access.key_text import KeyText, new_key, parse
from gateway.access.principal import Scope
from gateway.store.access import keys, quotas
from gateway.store.access.keys import StoredKey
from gateway.store.database import Session
from imgdiff.errors import Conflict
from imgdiff.requests.names import DEFAULT_TENANT

BOOTSTRAP = "bootstrap"
"""The name of the keys that came from the setting."""


@dataclass(frozen=True)
class Issued:
    """A new key with its text, which nobody can read again."""

    stored: StoredKey
    text: str


def create(session: Session, tenant: str, name: str, scopes: Iterable[Scope], lifetime: timedelta | None) -> Issued:
    """A new key of a tenant; null lives until it is revoked."""
    now = datetime.now(UTC)
    expires = None if lifetime is None else now + lifetime
    return _store(session, new_key(), tenant, name, scopes, now, expires)


def rotate(session: Session, id: str, overlap: timedelta) -> Issued:  # noqa: A002  the field's name
    """A new key with the tenant, name, scopes, lifetime and quotas of an old one, which works for `overlap` more.

    Raises NotFound, or Conflict for a key that has ended.
    """
    now = datetime.now(UTC)
    old = keys.find(session, id)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise Conflict(f"the key {id} has ended; create a new one")
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    scopes = [scope for scope in Scope if scope in old.scopes]
    issued = create(session, old.tenant, old.name, scopes, lifetime)
    own = quotas.read_all(session).get(quotas.account_of(id))
    if own is not None:
        quotas.change(session, quotas.account_of(issued.stored.id), own)
    keys.expire(session, id, now + overlap)
    return issued


def admit_bootstrap(session: Session, text: str) -> StoredKey:
    """Let the key of the setting in, with every scope of the default tenant, and revoke what the setting held before.

    One that was revoked stays so.
    """
    given, now = parse(text), datetime.now(UTC)
    every = keys.read_all(session)
    for old in every:
        if old.name == BOOTSTRAP and old.id != given.id:
            keys.revoke(session, old.id, now)
    known = next((key for key in every if key.id == given.id), None)
    return known or _store(session, given, DEFAULT_TENANT, BOOTSTRAP, Scope, now, None).stored


def _store(
    session: Session,
    key: KeyText,
    tenant: str,
    name: str,
    scopes: Iterable[Scope],
    now: datetime,
    expires: datetime | None,
) -> Issued:
    stored = StoredKey(key.id, key.hash, tenant, name, tuple(scope.value for scope in scopes), now, expires)
    if not keys.add(session, stored):
        raise Conflict(f"there is already a key {key.id}")
    return Issued(stored, key.text)
