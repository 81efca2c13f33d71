"""Rows of deliveries: claimed by one process at a time, settled after each attempt, listed, sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from gateway.store.database import Session
from gateway.store.webhooks import webhooks
from gateway.store.webhooks.tables import DeliveryAttemptRow, DeliveryRow, WebhookRow
from imgdiff.errors import Conflict, NotFound
from imgdiff.webhooks.documents import Delivery, DeliveryAttempt, DeliveryState, EventType

_EACH = 4  # deliveries of one webhook at a time, so that a slow receiver takes few of the places; chosen, not measured
_WAITING = DeliveryRow.state == DeliveryState.WAITING.value


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process sends, with all that it needs; `secrets` sign it, the newest first.

    `requested` tells that a request named the URL.
    """

    sequence: int
    id: str
    webhook: int
    url: str
    secrets: tuple[str, ...]
    type: EventType
    subject: str
    body: str | None
    attempts: int
    requested: bool


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `pause` is until the next one, None where there is none.

    `rest` is how long the webhook gets nothing at all, `disable` why it gets nothing more.
    """

    at: datetime
    seconds: float
    status: int | None = None
    error: str | None = None
    pause: timedelta | None = None
    rest: timedelta | None = None
    disable: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took the event."""
        return self.error is None


def has_due(session: Session, now: datetime) -> bool:
    """Whether a delivery waits for its next attempt; its webhook may rest or be disabled."""
    return session.scalar(select(DeliveryRow.sequence).where(_WAITING, DeliveryRow.due_at <= now).limit(1)) is not None


def claim(session: Session, now: datetime, limit: int, seconds: float) -> list[Claimed]:
    """Up to `limit` due deliveries, which nobody else gets for so many seconds."""
    free = or_(DeliveryRow.claimed_until.is_(None), DeliveryRow.claimed_until < now)
    awake = or_(WebhookRow.paused_until.is_(None), WebhookRow.paused_until <= now)
    place = func.row_number().over(partition_by=DeliveryRow.webhook, order_by=DeliveryRow.due_at).label("place")
    due = (
        select(DeliveryRow.sequence, place)
        .join(WebhookRow, WebhookRow.sequence == DeliveryRow.webhook)
        .where(_WAITING, DeliveryRow.due_at <= now, free, WebhookRow.enabled, awake)
        .subquery()
    )
    chosen = session.scalars(select(due.c.sequence).where(due.c.place <= _EACH).limit(limit)).all()
    taken = update(DeliveryRow).where(DeliveryRow.sequence.in_(chosen), _WAITING, free)
    until = now + timedelta(seconds=seconds)
    mine = session.scalars(taken.values(claimed_until=until).returning(DeliveryRow.sequence)).all()
    rows = select(DeliveryRow, WebhookRow).join(WebhookRow, WebhookRow.sequence == DeliveryRow.webhook)
    found = session.execute(rows.where(DeliveryRow.sequence.in_(mine)).order_by(DeliveryRow.due_at))
    return [_claimed(delivery, webhook, now) for delivery, webhook in found]


def keep_body(session: Session, sequence: int, body: str) -> None:
    """Remember what is sent, so that every attempt sends the same."""
    session.execute(update(DeliveryRow).where(DeliveryRow.sequence == sequence).values(body=body))


def settle(session: Session, claimed: Claimed, outcome: Outcome) -> None:
    """Note an attempt and what follows from it; nothing where the webhook was deleted meanwhile."""
    row = session.get(DeliveryRow, claimed.sequence, with_for_update=True)
    webhook = session.get(WebhookRow, claimed.webhook, with_for_update=True)
    if row is None or webhook is None or row.state != DeliveryState.WAITING.value:
        return
    row.attempts, row.claimed_until = row.attempts + 1, None
    attempt = {"at": outcome.at, "status": outcome.status, "error": outcome.error, "seconds": outcome.seconds}
    session.add(DeliveryAttemptRow(delivery=row.sequence, number=row.attempts, **attempt))
    if outcome.delivered:
        row.state = DeliveryState.DELIVERED.value
        webhook.failures, webhook.failing_since, webhook.paused_until = 0, None, None
        return
    if outcome.pause is None:
        row.state = DeliveryState.FAILED.value
    else:
        row.due_at = outcome.at + outcome.pause
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or outcome.at
    webhook.paused_until = None if outcome.rest is None else outcome.at + outcome.rest
    if outcome.disable is not None:
        webhooks.disable(session, webhook.sequence, outcome.disable)


def failing_since(session: Session, webhook: int) -> tuple[int, datetime | None]:
    """How many attempts at a webhook have failed since its last success, and when the first of them was."""
    row = session.get(WebhookRow, webhook)
    return (0, None) if row is None else (row.failures, row.failing_since)


def give_up(session: Session, sequence: int, why: str) -> None:
    """Fail a delivery that cannot be made."""
    row = session.get(DeliveryRow, sequence)
    if row is not None:
        row.state, row.claimed_until, row.attempts = DeliveryState.FAILED.value, None, row.attempts + 1
        session.add(
            DeliveryAttemptRow(
                delivery=sequence, number=row.attempts, at=datetime.now(UTC), status=None, error=why, seconds=0.0
            )
        )


def before(
    session: Session, tenant: str, webhook_id: str, sequence: int | None, limit: int, state: DeliveryState | None
) -> list[tuple[int, Delivery]]:
    """Up to `limit` deliveries of a webhook older than `sequence`, newest first. Raises NotFound."""
    webhooks.find(session, tenant, webhook_id)
    found = select(DeliveryRow).join(WebhookRow, WebhookRow.sequence == DeliveryRow.webhook)
    found = found.where(WebhookRow.id == webhook_id).order_by(DeliveryRow.sequence.desc()).limit(limit)
    if sequence is not None:
        found = found.where(DeliveryRow.sequence < sequence)
    if state is not None:
        found = found.where(DeliveryRow.state == state.value)
    rows = session.scalars(found).all()
    attempts = _attempts(session, [row.sequence for row in rows])
    return [(row.sequence, _value(row, webhook_id, attempts.get(row.sequence, ()))) for row in rows]


def replay(session: Session, tenant: str, webhook_id: str, delivery_id: str) -> Delivery:
    """Send an event again, whatever has become of it. Raises NotFound, and Conflict for a webhook that is disabled."""
    webhook = webhooks.find(session, tenant, webhook_id)
    of_webhook = select(DeliveryRow).join(WebhookRow, WebhookRow.sequence == DeliveryRow.webhook)
    row = session.scalar(of_webhook.where(WebhookRow.id == webhook_id, DeliveryRow.id == delivery_id))
    if row is None:
        raise NotFound(f"the webhook {webhook_id!r} has no delivery {delivery_id!r}")
    if not webhook.enabled:
        raise Conflict(f"the webhook {webhook_id!r} is disabled; enable it first")
    row.state, row.due_at, row.claimed_until = DeliveryState.WAITING.value, datetime.now(UTC), None
    session.execute(update(WebhookRow).where(WebhookRow.id == webhook_id).values(paused_until=None))
    return _value(row, webhook_id, _attempts(session, [row.sequence]).get(row.sequence, ()))


def forget(session: Session, until: datetime, limit: int) -> int:
    """Delete up to `limit` deliveries that ended before a time; returns how many."""
    old = select(DeliveryRow.sequence).where(~_WAITING, DeliveryRow.created_at < until).limit(limit)
    chosen = session.scalars(old).all()
    session.execute(delete(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery.in_(chosen)))
    session.execute(delete(DeliveryRow).where(DeliveryRow.sequence.in_(chosen)))
    return len(chosen)


def count_by_state(session: Session) -> dict[str, int]:
    """How many deliveries are in each state."""
    rows = session.execute(select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state))
    return {str(state): int(count) for state, count in rows}


def _claimed(row: DeliveryRow, webhook: WebhookRow, now: datetime) -> Claimed:
    valid = webhook.previous_until is not None and webhook.previous_until > now
    previous = (webhook.previous_secret,) if webhook.previous_secret is not None and valid else ()
    where = row.sequence, row.id, row.webhook, row.url or webhook.url, (webhook.secret, *previous)
    return Claimed(*where, EventType(row.type), row.subject, row.body, row.attempts, webhook.requested)


def _attempts(session: Session, sequences: Sequence[int]) -> dict[int, list[DeliveryAttempt]]:
    found: dict[int, list[DeliveryAttempt]] = {}
    of_deliveries: ColumnElement[bool] = DeliveryAttemptRow.delivery.in_(sequences)
    ordered = select(DeliveryAttemptRow).where(of_deliveries).order_by(DeliveryAttemptRow.number)
    for row in session.scalars(ordered):
        attempt = DeliveryAttempt(at=row.at, status=row.status, error=row.error, seconds=round(row.seconds, 3))
        found.setdefault(row.delivery, []).append(attempt)
    return found


def _value(row: DeliveryRow, webhook_id: str, attempts: Sequence[DeliveryAttempt]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook=webhook_id,
        type=EventType(row.type),
        subject=row.subject,
        url=row.url,
        state=DeliveryState(row.state),
        created_at=row.created_at,
        next_at=row.due_at if row.state == DeliveryState.WAITING.value else None,
        attempts=tuple(attempts),
    )
