"""Every event comes to whoever wants it, at least once, signed; a receiver that fails holds up nobody else."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook

from gateway.store.database import Database
from gateway.store.webhooks import deliveries, outbox, webhooks
from gateway.store.webhooks.tables import DeliveryRow, WebhookRow
from gateway.webhooks.deliverer import Deliverer
from imgdiff.records import Record
from imgdiff.webhooks.documents import DeliveryState, EventType, NewWebhook
from tests.gateway.webhooks.receiver import Receiver

TENANT = "default"


def _add(database: Database, url: str, *events: EventType) -> webhooks.Made:
    with database.writing() as session:
        return webhooks.create(session, TENANT, NewWebhook(url=url, events=events or tuple(EventType)))


def _note(database: Database, record: Record, url: str | None = None) -> None:
    with database.writing() as session:
        outbox.note(session, TENANT, EventType.RECORD_CREATED, record.id, url)


def _deliver(deliverer: Deliverer) -> int:
    return asyncio.run(deliverer.deliver())


def _hurry(database: Database) -> None:
    """As if every pause were over."""
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(due_at=datetime.now(UTC)))
        session.execute(update(WebhookRow).values(paused_until=None))


def _log(database: Database, webhook: webhooks.Made) -> list[tuple[DeliveryState, list[int | None]]]:
    with database.reading() as session:
        found = deliveries.before(session, TENANT, webhook.webhook.id, None, 10, None)
    return [(one.state, [attempt.status for attempt in one.attempts]) for _, one in found]


@pytest.fixture
def stored(database: Database, record: Record, store_record: Any) -> Record:
    kept: Record = store_record(database, record)
    return kept


def test_an_event_is_delivered_once_and_verifies(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/all")
    _add(database, f"{receiver.url}/jobs", EventType.JOB_FAILED)
    _note(database, stored)
    _note(database, stored)  # as when a transaction is repeated

    assert [_deliver(deliverer), _deliver(deliverer)] == [1, 0]

    (one,) = receiver.received
    event = Webhook(made.secret).verify(one.body, one.headers)
    assert (one.path, one.headers["content-type"]) == ("/all", "application/cloudevents+json")
    assert (event["type"], event["subject"]) == ("imgdiff.record.created", stored.id)
    assert event["data"]["id"] == stored.id
    assert _log(database, made) == [(DeliveryState.DELIVERED, [204])]


def test_what_was_not_taken_is_sent_again_the_same_until_it_is(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/a")
    receiver.statuses["/a"] = [500, 302, 429]
    receiver.headers["location"] = f"{receiver.url}/elsewhere"
    _note(database, stored)

    for _ in range(4):
        assert _deliver(deliverer) == 1
        assert _deliver(deliverer) == 0, "it waits before the next attempt"
        _hurry(database)

    assert _log(database, made) == [(DeliveryState.DELIVERED, [500, 302, 429, 204])]
    assert len({(one.path, one.headers["webhook-id"], one.body) for one in receiver.received}) == 1


def test_a_receiver_that_is_gone_gets_nothing_more(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/a")
    receiver.statuses["/a"] = [410]
    _note(database, stored)
    _deliver(deliverer)
    with database.writing() as session:
        outbox.note(session, TENANT, EventType.JOB_FAILED, "job_1")

    with database.reading() as session:
        webhook = webhooks.find(session, TENANT, made.webhook.id)
    assert (webhook.enabled, webhook.disabled_reason) == (False, "the receiver answered 410: it wants nothing more")
    assert _log(database, made) == [(DeliveryState.FAILED, [410])]


def test_the_last_attempt_fails_the_delivery(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/a")
    receiver.statuses["/a"] = [500] * 20
    _note(database, stored)
    for _ in range(12):
        _deliver(deliverer)
        _hurry(database)

    assert _log(database, made) == [(DeliveryState.FAILED, [500] * 10)]


def test_a_delivery_is_replayed_with_the_same_id(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/a")
    _note(database, stored)
    _deliver(deliverer)
    with database.writing() as session:
        ((_, one),) = deliveries.before(session, TENANT, made.webhook.id, None, 10, None)
        again = deliveries.replay(session, TENANT, made.webhook.id, one.id)
    _deliver(deliverer)

    assert again.state is DeliveryState.WAITING
    assert [one.headers["webhook-id"] for one in receiver.received] == [one.id] * 2
    assert _log(database, made) == [(DeliveryState.DELIVERED, [204, 204])]


def test_a_slow_receiver_holds_up_no_other(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    quick = replace(deliverer, outbound=replace(deliverer.outbound, seconds=0.3))
    slow = _add(database, f"{receiver.url}/slow", EventType.JOB_FAILED)
    with database.writing() as session:
        for number in range(40):
            outbox.note(session, TENANT, EventType.JOB_FAILED, f"job_{number}")
        session.execute(update(DeliveryRow).values(body="{}"))
    other = _add(database, f"{receiver.url}/other", EventType.RECORD_CREATED)
    _note(database, stored)
    receiver.hanging.clear()

    sent = _deliver(quick)
    receiver.hanging.set()

    assert sent == 5, "four of the slow one at a time"
    assert len(receiver.at("/other")) == 1
    assert {state for state, _ in _log(database, slow)} == {DeliveryState.WAITING}
    assert len(_log(database, other)) == 1
    assert _deliver(quick) == 0, "the slow one rests"


def test_a_delivery_whose_process_was_killed_is_made_by_another(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/a")
    _note(database, stored)
    now = datetime.now(UTC)
    with database.writing() as session:
        assert len(deliveries.claim(session, now, 10, 30.0)) == 1
        assert deliveries.claim(session, now, 10, 30.0) == []
        session.execute(update(DeliveryRow).values(claimed_until=now - timedelta(seconds=1)))

    assert _deliver(deliverer) == 1
    assert _log(database, made) == [(DeliveryState.DELIVERED, [204])]


def test_there_is_nothing_to_tell_of_what_was_deleted(
    database: Database, deliverer: Deliverer, receiver: Receiver
) -> None:
    made = _add(database, f"{receiver.url}/a")
    with database.writing() as session:
        outbox.note(session, TENANT, EventType.RECORD_CREATED, "rec_gone")
        outbox.note(session, TENANT, EventType.JOB_FAILED, "job_gone")
        outbox.note(session, TENANT, EventType.BATCH_FINISHED, "bat_gone")
    _deliver(deliverer)

    assert receiver.received == []
    assert _log(database, made) == [(DeliveryState.FAILED, [None])] * 3


def test_the_url_of_a_request_gets_what_concerns_it_from_the_webhook_of_its_origin(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    with database.writing() as session:
        for path in ("/one?job=1", "/two"):
            webhooks.ensure(session, TENANT, f"{receiver.url}{path}")
        ((_, webhook),) = webhooks.before(session, TENANT, None, 10)
        secret = webhooks.secret(session, TENANT, webhook.id).secret
    receiver.statuses["/one?job=1"] = [410]
    _note(database, stored, f"{receiver.url}/one?job=1")
    with database.writing() as session:
        outbox.note(session, TENANT, EventType.JOB_FAILED, "job_unnamed")

    assert _deliver(deliverer) == 1

    (one,) = receiver.received
    assert (webhook.requested, webhook.url, one.path) == (True, receiver.url, "/one?job=1")
    assert Webhook(secret).verify(one.body, one.headers)["subject"] == stored.id
    with database.reading() as session:
        assert webhooks.find(session, TENANT, webhook.id).enabled, "other URLs of the origin may be there"


def test_a_webhook_with_the_url_of_a_request_gets_it_once(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    made = _add(database, f"{receiver.url}/one", EventType.BATCH_FINISHED)
    with database.writing() as session:
        webhooks.ensure(session, TENANT, f"{receiver.url}/one")
    _note(database, stored, f"{receiver.url}/one")
    _deliver(deliverer)

    (one,) = receiver.received
    assert json.loads(one.body)["subject"] == stored.id
    assert len(_log(database, made)) == 1


def test_a_receiver_whose_name_leads_to_a_private_address_is_not_reached(
    database: Database, deliverer: Deliverer, receiver: Receiver, stored: Record
) -> None:
    strict = replace(deliverer, outbound=replace(deliverer.outbound, networks=()))
    made = _add(database, receiver.url.replace("127.0.0.1", "localhost") + "/a")
    _note(database, stored)
    _deliver(strict)

    assert receiver.received == []
    assert _log(database, made) == [(DeliveryState.WAITING, [None])]
