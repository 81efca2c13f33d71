"""A creation happens only once for a key, whatever fails in between."""

import multiprocessing
import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.idempotency import Answer, Claim, IdempotencyRow, answer_once, fingerprint, forget_old
from imgdiff.errors import IdempotencyInFlight, IdempotencyMismatch

CLAIM = Claim("key", "POST /v1/things", fingerprint({"a": 1}))


def _created(_: Session) -> Answer:
    return Answer(201, {"made": True}, {"Location": "/here"})


def _never(_: Session) -> Answer:
    raise AssertionError("made twice")


def test_the_first_answer_is_replayed(database: Database) -> None:
    answer_once(database, CLAIM, _created)

    assert answer_once(database, CLAIM, _never) == Answer(201, {"made": True}, {"Location": "/here"}, replayed=True)


def test_without_a_key_every_request_creates(database: Database) -> None:
    assert answer_once(database, None, _created) == answer_once(database, None, _created)


def test_the_same_key_on_another_route_is_another_key(database: Database) -> None:
    answer_once(database, CLAIM, _created)

    assert not answer_once(database, Claim("key", "POST /v1/others", CLAIM.fingerprint), _created).replayed


def test_another_request_with_the_key_is_rejected(database: Database) -> None:
    answer_once(database, CLAIM, _created)

    with pytest.raises(IdempotencyMismatch):
        answer_once(database, Claim("key", CLAIM.route, fingerprint({"a": 2})), _never)


def _die(_: Session) -> Answer:
    os._exit(1)


def _create_and_die(url: str) -> None:
    answer_once(Database(url), CLAIM, _die)


def test_a_request_whose_process_was_killed_leaves_its_key_to_the_next_one_at_once(
    database: Database, database_url: str
) -> None:
    killed = multiprocessing.get_context("spawn").Process(target=_create_and_die, args=(database_url,))
    killed.start()
    killed.join()

    assert answer_once(database, CLAIM, _created) == Answer(201, {"made": True}, {"Location": "/here"})
    assert answer_once(database, CLAIM, _never).replayed


def test_a_second_request_waits_for_the_first_and_gets_its_answer(database: Database) -> None:
    begun, answers = threading.Event(), []

    def create(session: Session) -> Answer:
        begun.set()
        time.sleep(0.3)
        return _created(session)

    first = threading.Thread(target=lambda: answer_once(database, CLAIM, create))
    first.start()
    begun.wait()
    answers.append(answer_once(database, CLAIM, _never))
    first.join()

    assert answers[0].replayed


def test_a_second_request_is_told_to_retry_when_the_first_takes_long(new_postgres: str) -> None:
    database, begun, ended = Database(new_postgres), threading.Event(), threading.Event()

    def create(session: Session) -> Answer:
        begun.set()
        ended.wait()
        return _created(session)

    first = threading.Thread(target=lambda: answer_once(database, CLAIM, create))
    first.start()
    begun.wait()
    try:
        with pytest.raises(IdempotencyInFlight) as refused:
            answer_once(database, CLAIM, _never)
    finally:
        ended.set()
        first.join()
    database.close()

    assert refused.value.retry_after == 1


def test_while_the_first_request_of_an_earlier_version_is_processed_the_second_is_told_to_retry(
    database: Database,
) -> None:
    with database.writing() as session:
        session.add(IdempotencyRow(**vars(CLAIM), created_at=datetime.now(UTC)))

    with pytest.raises(IdempotencyInFlight) as refused:
        answer_once(database, CLAIM, _never)
    assert refused.value.retry_after == 1


def test_a_creation_that_fails_frees_the_key_and_leaves_nothing(database: Database) -> None:
    def fail(session: Session) -> Answer:
        datasets.ensure(session, "half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer_once(database, CLAIM, fail)

    assert not answer_once(database, CLAIM, _created).replayed
    with database.reading() as session:
        assert datasets.after(session, "", 9) == []


@pytest.mark.parametrize(("status", "age"), [(None, timedelta(minutes=3)), (201, timedelta(hours=25))])
def test_an_abandoned_or_old_claim_is_taken_over(database: Database, status: int | None, age: timedelta) -> None:
    with database.writing() as session:
        session.add(IdempotencyRow(**vars(CLAIM), status=status, created_at=datetime.now(UTC) - age))

    assert not answer_once(database, CLAIM, _created).replayed


def test_only_one_of_many_concurrent_requests_creates(database: Database) -> None:
    made: list[int] = []

    def create(_: Session) -> Answer:
        made.append(1)
        return Answer(201, {})

    def attempt() -> None:
        try:
            answer_once(database, CLAIM, create)
        except IdempotencyInFlight:
            return

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [1]


def test_only_expired_keys_are_deleted(database: Database) -> None:
    now = datetime.now(UTC)
    with database.writing() as session:
        for key, age in (("old", timedelta(hours=25)), ("young", timedelta(hours=23))):
            session.add(IdempotencyRow(key=key, route="r", fingerprint="f", status=201, created_at=now - age))
    forget_old(database)

    with database.reading() as session:
        assert session.scalars(select(IdempotencyRow.key)).all() == ["young"]


def test_a_fingerprint_does_not_depend_on_the_order_of_fields() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
