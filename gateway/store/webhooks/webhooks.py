"""Rows of webhooks: made, changed, listed, stopped. Each belongs to a tenant, and no other one finds it."""

import base64
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from gateway.store.database import Session
from gateway.store.webhooks.tables import DeliveryAttemptRow, DeliveryRow, WebhookRow
from imgdiff.errors import Conflict, NotFound
from imgdiff.webhooks.documents import DeliveryState, EventType, NewWebhook, Webhook, WebhookChange, WebhookSecret
from imgdiff.webhooks.urls import origin_of

MOST = 100  # webhooks of a tenant; chosen, not measured
_KEY_BYTES = 32  # of a secret: within the 24 to 64 that Standard Webhooks asks for
_OVERLAP = timedelta(hours=24)  # for which a replaced secret signs as well; chosen, not measured


@dataclass(frozen=True)
class Made:
    """A webhook with its secret."""

    webhook: Webhook
    secret: str


def create(session: Session, tenant: str, new: NewWebhook, *, requested: bool = False) -> Made:
    """A new webhook; raises Conflict when the tenant has too many."""
    if (session.scalar(select(func.count()).where(WebhookRow.tenant == tenant)) or 0) >= MOST:
        raise Conflict(f"there are {MOST} webhooks, which is the limit; delete one first")
    row = WebhookRow(
        id=f"whk_{uuid.uuid4().hex}",
        tenant=tenant,
        url=new.url,
        events=[event.value for event in new.events],
        description=new.description,
        requested=requested,
        secret=_new_secret(),
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return Made(_value(row), row.secret)


def ensure(session: Session, tenant: str, url: str) -> None:
    """A webhook for the origin of a URL that a request names, unless the tenant has one for either.

    Raises Conflict when the tenant has too many.
    """
    known = select(WebhookRow.id).where(WebhookRow.tenant == tenant, WebhookRow.url.in_((url, origin_of(url))))
    if session.scalar(known.limit(1)) is None:
        create(session, tenant, NewWebhook(url=origin_of(url)), requested=True)


def find(session: Session, tenant: str, webhook_id: str) -> Webhook:
    """One webhook; raises NotFound."""
    return _value(_row(session, tenant, webhook_id))


def before(session: Session, tenant: str, sequence: int | None, limit: int) -> list[tuple[int, Webhook]]:
    """Up to `limit` webhooks older than `sequence`, newest first, with their sequences."""
    found = select(WebhookRow).where(WebhookRow.tenant == tenant).order_by(WebhookRow.sequence.desc()).limit(limit)
    if sequence is not None:
        found = found.where(WebhookRow.sequence < sequence)
    return [(row.sequence, _value(row)) for row in session.scalars(found)]


def change(session: Session, tenant: str, webhook_id: str, wanted: WebhookChange) -> Webhook:
    """Change a webhook; one that is enabled again begins without a pause. Raises NotFound."""
    row = _row(session, tenant, webhook_id, lock=True)
    row.url = wanted.url or row.url
    row.events = row.events if wanted.events is None else [event.value for event in wanted.events]
    row.description = row.description if wanted.description is None else wanted.description
    if wanted.enabled is not None:
        row.enabled, row.disabled_reason = wanted.enabled, None
        row.failures, row.failing_since, row.paused_until = 0, None, None
    return _value(row)


def remove(session: Session, tenant: str, webhook_id: str) -> None:
    """Delete a webhook with its deliveries; raises NotFound."""
    row = _row(session, tenant, webhook_id, lock=True)
    of_webhook = select(DeliveryRow.sequence).where(DeliveryRow.webhook == row.sequence)
    session.execute(delete(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery.in_(of_webhook)))
    session.execute(delete(DeliveryRow).where(DeliveryRow.webhook == row.sequence))
    session.delete(row)


def secret(session: Session, tenant: str, webhook_id: str) -> WebhookSecret:
    """What signs the events of a webhook; raises NotFound."""
    row = _row(session, tenant, webhook_id)
    return WebhookSecret(secret=row.secret, previous_until=row.previous_until)


def rotate(session: Session, tenant: str, webhook_id: str) -> WebhookSecret:
    """A new secret; the one before signs as well for a day. Raises NotFound."""
    row = _row(session, tenant, webhook_id, lock=True)
    row.previous_secret, row.previous_until = row.secret, datetime.now(UTC) + _OVERLAP
    row.secret = _new_secret()
    return WebhookSecret(secret=row.secret, previous_until=row.previous_until)


def disable(session: Session, sequence: int, reason: str) -> None:
    """Stop sending; what waits for the webhook fails."""
    row = session.get_one(WebhookRow, sequence)
    row.enabled, row.disabled_reason = False, reason
    waiting = select(DeliveryRow).where(
        DeliveryRow.webhook == sequence, DeliveryRow.state == DeliveryState.WAITING.value
    )
    for one in session.scalars(waiting):
        one.state, one.claimed_until = DeliveryState.FAILED.value, None


def _row(session: Session, tenant: str, webhook_id: str, *, lock: bool = False) -> WebhookRow:
    wanted = select(WebhookRow).where(WebhookRow.id == webhook_id, WebhookRow.tenant == tenant)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound(f"there is no webhook {webhook_id!r}")
    return row


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def _value(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=tuple(EventType(event) for event in row.events),
        description=row.description,
        requested=row.requested,
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
    )
