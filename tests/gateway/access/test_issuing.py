"""Keys are issued, rotated, revoked and expire, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.access import issuing
from gateway.access.keyring import KeyRing
from gateway.access.principal import OPEN, Principal, Scope
from gateway.store.access import keys
from gateway.store.database import Database
from imgdiff.errors import Conflict, NotFound, Unauthorized

DAY = timedelta(days=1)
OWN = "an operator's own text".replace(" ", "-") + "-of-40-chars"


def _identify(database: Database, text: str) -> Principal:
    ring = KeyRing(database)
    ring.read()
    return asyncio.run(ring.identify([f"Bearer {text}"]))


def test_without_keys_everybody_is_let_in_and_with_one_nobody_else(database: Database) -> None:
    assert _identify(database, "anything") == OPEN

    with database.writing() as session:
        issued = issuing.create(session, "acme", "ci", [Scope.READ], DAY)

    assert _identify(database, issued.text) == Principal("acme", issued.stored.id, frozenset({Scope.READ}))
    with pytest.raises(Unauthorized):
        _identify(database, "anything")


def test_a_gateway_whose_keys_are_all_revoked_is_not_open(database: Database) -> None:
    with database.writing() as session:
        issued = issuing.create(session, "acme", "ci", Scope, None)
        keys.revoke(session, issued.stored.id, datetime.now(UTC))

    with pytest.raises(Unauthorized, match="was revoked"):
        _identify(database, issued.text)


def test_the_database_holds_no_secret(database: Database) -> None:
    with database.writing() as session:
        issued = issuing.create(session, "acme", "ci", Scope, None)
    with database.reading() as session:
        (stored,) = keys.read_all(session)

    assert issued.text.rsplit("_", 1)[1] not in repr(stored)


def test_an_expired_key_is_refused_to_its_owner_with_the_reason(database: Database) -> None:
    with database.writing() as session:
        issued = issuing.create(session, "acme", "ci", Scope, -DAY)

    with pytest.raises(Unauthorized, match="expired at"):
        _identify(database, issued.text)


def test_both_keys_work_until_the_overlap_of_a_rotation_has_passed(database: Database) -> None:
    with database.writing() as session:
        old = issuing.create(session, "acme", "ci", [Scope.READ, Scope.ADMIN], 30 * DAY)
        new = issuing.rotate(session, old.stored.id, DAY)

    first, second = _identify(database, old.text), _identify(database, new.text)
    assert (first.tenant, first.scopes) == (second.tenant, second.scopes)
    assert first.key != second.key
    with database.reading() as session:
        ends = {key.id: key.expires_at for key in keys.read_all(session)}
    now = datetime.now(UTC)
    assert now < (ends[old.stored.id] or now) < now + DAY
    assert now + 29 * DAY < (ends[new.stored.id] or now) < now + 30 * DAY


def test_without_an_overlap_the_old_key_ends_at_once(database: Database) -> None:
    with database.writing() as session:
        old = issuing.create(session, "acme", "ci", Scope, None)
        issuing.rotate(session, old.stored.id, timedelta(0))

    with pytest.raises(Unauthorized, match="expired at"):
        _identify(database, old.text)


def test_a_key_that_has_ended_has_no_successor(database: Database) -> None:
    with database.writing() as session:
        old = issuing.create(session, "acme", "ci", Scope, -DAY)
        with pytest.raises(Conflict):
            issuing.rotate(session, old.stored.id, DAY)
        with pytest.raises(NotFound):
            issuing.rotate(session, "nobody", DAY)


def test_the_key_of_the_setting_comes_in_once_and_replaces_the_one_before(database: Database) -> None:
    for text in (OWN, OWN, OWN[::-1]):
        with database.writing() as session:
            issuing.admit_bootstrap(session, text)

    assert _identify(database, OWN[::-1]).scopes == frozenset(Scope)
    with pytest.raises(Unauthorized, match="was revoked"):
        _identify(database, OWN)
    with database.writing() as session:
        assert issuing.admit_bootstrap(session, OWN).revoked_at is not None


def test_the_last_use_is_noted_to_the_hour(database: Database) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with database.writing() as session:
        id = issuing.create(session, "acme", "ci", Scope, None).stored.id  # noqa: A001  the field's name
    seen = []
    for minutes in (0, 30, 90):
        with database.writing() as session:
            keys.mark_used(session, [id], now + timedelta(minutes=minutes))
        with database.reading() as session:
            seen.append(keys.find(session, id).used_at)

    assert seen == [now, now, now + timedelta(minutes=90)]
