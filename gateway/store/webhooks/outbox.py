"""Events for webhooks, noted in the transaction in which they happen, so that none is lost and none is invented."""

import uuid
from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.insertion import insert_new
from gateway.store.webhooks.tables import DeliveryRow, WebhookRow
from imgdiff.webhooks.documents import DeliveryState, EventType
from imgdiff.webhooks.urls import origin_of

_WEBHOOKS = table_of(WebhookRow)
_OF_TENANT = select(*(_WEBHOOKS.c[name] for name in ("sequence", "url", "events", "requested", "enabled"))).where(
    _WEBHOOKS.c.tenant == bindparam("owner")
)


def note(session: Session, tenant: str, event: EventType, subject: str, url: str | None = None) -> None:
    """Note an event for each webhook of a tenant that wants it; `url` is the one that the request named.

    A webhook with just this URL gets the event in place of the one for its origin.
    """
    rows = list(execute(session, _OF_TENANT, {"owner": tenant}))  # every job that ends reads them
    exact = any(row.url == url and not row.requested for row in rows)
    origin = None if url is None or exact else origin_of(url)
    for row in rows:
        wants = row.url == origin if row.requested else row.url == url or event.value in row.events
        if row.enabled and wants:
            _add(session, row.sequence, event, subject, url if row.requested else None)


def _add(session: Session, webhook: int, event: EventType, subject: str, url: str | None) -> None:
    now = datetime.now(UTC)
    insert_new(
        session,
        DeliveryRow,
        {
            "id": f"msg_{uuid.uuid4().hex}",
            "webhook": webhook,
            "type": event.value,
            "subject": subject,
            "url": url,
            "state": DeliveryState.WAITING.value,
            "created_at": now,
            "due_at": now,
        },
    )
