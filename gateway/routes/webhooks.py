"""Webhooks: receivers of events, their secrets, and what was sent to them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from gateway.http import cursors
from gateway.http.deps import Cursor, IdempotencyKey, PageSize, StateDep, claim
from gateway.http.intake.json_bodies import describe_json
from gateway.http.intake.multipart import read_json
from gateway.http.problems import error_responses
from gateway.http.replies import to_response
from gateway.outbound.requests import require_allowed
from gateway.store.database import Session
from gateway.store.idempotency import Answer, answer_once
from gateway.store.webhooks import deliveries, webhooks
from imgdiff.errors import (
    Conflict,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidRequest,
    NotFound,
    UnsupportedMediaType,
)
from imgdiff.webhooks.documents import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    NewlyMade,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookPage,
    WebhookSecret,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.post(
    "",
    status_code=201,
    response_model=NewlyMade,
    openapi_extra=describe_json(NewWebhook),
    responses=error_responses(Conflict, IdempotencyInFlight, IdempotencyMismatch, InvalidRequest, UnsupportedMediaType),
)
async def create_webhook(request: Request, state: StateDep, key: IdempotencyKey) -> Response:
    """Name a receiver of events. The answer has the secret that signs what is sent to it.

    Each event is one POST with a CloudEvent as its body and the headers of Standard Webhooks. What is not answered by a
    2xx status is sent again, ten times within three days. An answer 410 ends it. An event may come more than once, with
    the same `webhook-id`, and not in order.
    """
    new = await read_json(request, NewWebhook, "application/json")
    require_allowed(new.url, state.settings.outbound_networks, "/url")
    claimed = claim(state, key, "POST /v1/webhooks", new.model_dump(mode="json"))

    def create(session: Session) -> Answer:
        made = webhooks.create(session, state.tenant, new)
        body = NewlyMade(**made.webhook.model_dump(), secret=made.secret)
        return Answer(201, body.model_dump(mode="json"), {"Location": f"/v1/webhooks/{made.webhook.id}"})

    return to_response(await run_in_threadpool(answer_once, state.database, claimed, create))


@router.get("")
def list_webhooks(state: StateDep, page_size: PageSize, cursor: Cursor = None) -> WebhookPage:
    """The webhooks, newest first, also those that requests have made."""
    start = None if cursor is None else cursors.sequence(cursor)
    with state.database.reading() as session:
        found = webhooks.before(session, state.tenant, start, page_size + 1)
    page, more = cursors.cut(found, page_size)
    return WebhookPage(webhooks=page, next_cursor=more)


@router.get("/{id}", responses=error_responses(NotFound))
def read_webhook(id: str, state: StateDep) -> Webhook:  # noqa: A002  the name in the route
    """One webhook, without its secret."""
    with state.database.reading() as session:
        return webhooks.find(session, state.tenant, id)


@router.patch(
    "/{id}",
    response_model=Webhook,
    openapi_extra=describe_json(WebhookChange),
    responses=error_responses(NotFound, InvalidRequest, UnsupportedMediaType),
)
async def change_webhook(id: str, request: Request, state: StateDep) -> Webhook:  # noqa: A002
    """Change a webhook, or enable it again: what is due is sent at once."""
    wanted = await read_json(request, WebhookChange, "application/json")
    if wanted.url is not None:
        require_allowed(wanted.url, state.settings.outbound_networks, "/url")

    def change() -> Webhook:
        with state.database.writing() as session:
            return webhooks.change(session, state.tenant, id, wanted)

    return await run_in_threadpool(change)


@router.delete("/{id}", status_code=204, responses=error_responses(NotFound))
def delete_webhook(id: str, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """Delete a webhook with all of its deliveries."""
    with state.database.writing() as session:
        webhooks.remove(session, state.tenant, id)
    return Response(status_code=204)


@router.get("/{id}/secret", responses=error_responses(NotFound))
def read_webhook_secret(id: str, state: StateDep) -> WebhookSecret:  # noqa: A002
    """What signs the events of a webhook, also of one that a request has made."""
    with state.database.reading() as session:
        return webhooks.secret(session, state.tenant, id)


@router.post("/{id}/secret", responses=error_responses(NotFound))
def replace_webhook_secret(id: str, state: StateDep) -> WebhookSecret:  # noqa: A002
    """Replace the secret. The one before signs as well for 24 hours, so that no event is refused meanwhile."""
    with state.database.writing() as session:
        return webhooks.rotate(session, state.tenant, id)


@router.get("/{id}/deliveries", responses=error_responses(NotFound))
def list_deliveries(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    page_size: PageSize,
    cursor: Cursor = None,
    delivery_state: Annotated[
        DeliveryState | None, Query(alias="state", description="Only those in this state.")
    ] = None,
) -> DeliveryPage:
    """What was sent to a webhook or waits for it, newest first; of the last 30 days."""
    start = None if cursor is None else cursors.sequence(cursor)
    with state.database.reading() as session:
        found = deliveries.before(session, state.tenant, id, start, page_size + 1, delivery_state)
    page, more = cursors.cut(found, page_size)
    return DeliveryPage(deliveries=page, next_cursor=more)


@router.post("/{id}/deliveries/{delivery}/replay", status_code=202, responses=error_responses(NotFound, Conflict))
def replay_delivery(id: str, delivery: str, state: StateDep) -> Delivery:  # noqa: A002
    """Send an event again now, with the same `webhook-id`."""
    with state.database.writing() as session:
        return deliveries.replay(session, state.tenant, id, delivery)
