"""The tables of webhooks, deliveries and their attempts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row, Sequence

_IS_WAITING = text("state = 'waiting'")


class WebhookRow(Row):
    """A receiver of events; one that requests have made is for all URLs of one origin, which is its `url`.

    `secret` signs what is sent, and `previous_secret` until `previous_until` as well: both in base64, since whoever
    signs must know them. After a failure nothing is sent before `paused_until`. `failing_since` is the first of the
    failures since the last success.
    """

    __tablename__ = "webhooks"
    __table_args__ = (Index("ix_webhooks_tenant", "tenant", "sequence"),)

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[Any]]
    description: Mapped[str] = mapped_column(String(500), server_default="")
    requested: Mapped[bool] = mapped_column(default=False, server_default=false())
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    disabled_reason: Mapped[str | None] = mapped_column(String(200))
    secret: Mapped[str] = mapped_column(String(128))
    previous_secret: Mapped[str | None] = mapped_column(String(128))
    previous_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    failing_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DeliveryRow(Row):
    """One event on its way to a webhook; `body` is what is sent, made at the first attempt.

    `url` is the one that a request named; null stands for the webhook's own. A waiting row belongs to the process that
    claimed it until `claimed_until`.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook", "type", "subject"),
        Index("ix_webhook_deliveries_due", "due_at", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
        Index("ix_webhook_deliveries_webhook", "webhook", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    webhook: Mapped[int] = mapped_column(ForeignKey("webhooks.sequence"))
    type: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(String(2000))
    state: Mapped[str] = mapped_column(String(16))
    body: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]


class DeliveryAttemptRow(Row):
    """One attempt to send an event."""

    __tablename__ = "webhook_attempts"

    delivery: Mapped[int] = mapped_column(ForeignKey("webhook_deliveries.sequence"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(200))
    seconds: Mapped[float]
