"""A webhook is a URL that gets events; a delivery is one event on its way there.

What is sent follows Standard Webhooks (https://www.standardwebhooks.com): the headers `webhook-id`, `webhook-timestamp`
and `webhook-signature`, and a CloudEvent as the body.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.requests.sent import Sent
from imgdiff.webhooks.urls import WebhookUrl


class EventType(StrEnum):
    """What a webhook may be told; the `type` of the CloudEvent."""

    JOB_SUCCEEDED = "imgdiff.job.succeeded"
    JOB_FAILED = "imgdiff.job.failed"
    JOB_CANCELLED = "imgdiff.job.cancelled"
    JOB_EXPIRED = "imgdiff.job.expired"
    RECORD_CREATED = "imgdiff.record.created"
    BATCH_FINISHED = "imgdiff.batch.finished"
    BATCH_CANCELLED = "imgdiff.batch.cancelled"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


Events = Annotated[
    tuple[EventType, ...], Field(min_length=1, max_length=len(EventType), description="Types of the events to send.")
]
_DESCRIPTION = Field(default="", max_length=500, description="Your own note.")


class NewWebhook(Sent):
    """Body of `POST /v1/webhooks`."""

    url: WebhookUrl
    events: Events = tuple(EventType)
    description: str = _DESCRIPTION


class WebhookChange(Sent):
    """Body of `PATCH /v1/webhooks/{id}`; what is null stays as it is."""

    url: WebhookUrl | None = None
    events: Events | None = None
    description: str | None = Field(default=None, max_length=500, description="Your own note.")
    enabled: bool | None = Field(default=None, description="Whether events are sent.")


class Webhook(Frozen):
    """A receiver of events."""

    id: str = Field(pattern=r"^whk_[0-9a-f]{32}$", description="Identifier of the webhook.")
    url: str = Field(description="Where events are sent.")
    events: tuple[EventType, ...] = Field(description="Types of the events that are sent.")
    description: str = _DESCRIPTION
    requested: bool = Field(
        description="Whether a request's option `webhook` made it: it is for all URLs of an origin, which `url` names."
    )
    enabled: bool = Field(description="Whether events are sent.")
    disabled_reason: str | None = Field(description="Why the gateway stopped sending, if it did.")
    created_at: datetime = Field(description="When it was made, UTC.")


class NewlyMade(Webhook):
    """A new webhook with the secret that signs what is sent to it."""

    secret: str = Field(description="`whsec_` and the key in base64; verify signatures with it.")


class WebhookSecret(Frozen):
    """What signs the events of a webhook."""

    secret: str = Field(description="`whsec_` and the key in base64.")
    previous_until: datetime | None = Field(description="Until when the previous secret signs as well, UTC.")


class WebhookPage(Frozen):
    """Some webhooks."""

    webhooks: tuple[Webhook, ...]
    next_cursor: str | None = None


class DeliveryAttempt(Frozen):
    """One attempt to send an event."""

    at: datetime = Field(description="When it began, UTC.")
    status: int | None = Field(description="Status of the answer, if there was one.")
    error: str | None = Field(description="What went wrong, if something did.")
    seconds: float = Field(description="How long it took.")


class Delivery(Frozen):
    """One event on its way to a webhook."""

    id: str = Field(pattern=r"^msg_[0-9a-f]{32}$", description="The header `webhook-id`, the same in every attempt.")
    webhook: str = Field(description="The webhook's id.")
    type: EventType = Field(description="What happened.")
    subject: str = Field(description="Id of the job, record or batch.")
    url: str | None = Field(description="The URL that the request named; null where it is the webhook's own.")
    state: DeliveryState = Field(description="How far it has come.")
    created_at: datetime = Field(description="When it happened, UTC.")
    next_at: datetime | None = Field(description="When the next attempt is due, UTC; null unless it waits.")
    attempts: tuple[DeliveryAttempt, ...] = Field(description="The attempts so far, oldest first.")


class DeliveryPage(Frozen):
    """Some deliveries."""

    deliveries: tuple[Delivery, ...]
    next_cursor: str | None = None
