"""Webhooks of both clients: `client.webhooks.create(...)`, `.list()`, `.deliveries(...)` and so on."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from imgdiff.client.calls import Call, idempotency, paging, read, to_json
from imgdiff.client.flows import Answer
from imgdiff.client.transport.connection import Page
from imgdiff.errors import validate
from imgdiff.webhooks.documents import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    EventType,
    NewlyMade,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookPage,
    WebhookSecret,
)

_PATH = "/v1/webhooks"


class Fetch(Protocol):
    """Sends a call, with retries."""

    def __call__(self, call: Call[Answer], /) -> Answer:
        """The call's answer."""


class AsyncFetch(Protocol):
    """Sends a call in asyncio, with retries."""

    def __call__(self, call: Call[Answer], /) -> Awaitable[Answer]:
        """The call's answer."""


class Pages(Protocol):
    """Fetches the pages of a list, one after another."""

    def __call__(self, call: Callable[[str | None], Call[Page]], /) -> Iterator[Page]:
        """The pages; `call` asks for the one at a cursor."""


class AsyncPages(Protocol):
    """Fetches the pages of a list in asyncio."""

    def __call__(self, call: Callable[[str | None], Call[Page]], /) -> AsyncIterator[Page]:
        """The pages; `call` asks for the one at a cursor."""


class Webhooks:
    """The webhooks of one gateway, blocking."""

    def __init__(self, fetch: Fetch, pages: Pages) -> None:
        self._fetch, self._pages = fetch, pages

    def create(self, url: str, events: Sequence[str] | None = None, description: str = "") -> NewlyMade:
        """Name a receiver of events, of all unless told which; the answer has the secret that signs them."""
        return self._fetch(_create_call(url, events, description))

    def list(self) -> Iterator[Webhook]:
        """All webhooks, newest first."""
        for page in self._pages(_list_call):
            yield from page.webhooks

    def get(self, webhook_id: str) -> Webhook:
        """One webhook, without its secret."""
        return self._fetch(_get_call(webhook_id))

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change what is given; enabled again, it gets at once what is due."""
        return self._fetch(_change_call(webhook_id, url, events, description, enabled))

    def delete(self, webhook_id: str) -> None:
        """Delete a webhook with its deliveries."""
        self._fetch(_delete_call(webhook_id))

    def secret(self, webhook_id: str) -> WebhookSecret:
        """What signs the events of a webhook."""
        return self._fetch(_secret_call("GET", webhook_id))

    def replace_secret(self, webhook_id: str) -> WebhookSecret:
        """Replace the secret; the one before signs as well for 24 hours."""
        return self._fetch(_secret_call("POST", webhook_id))

    def deliveries(self, webhook_id: str, *, state: DeliveryState | None = None) -> Iterator[Delivery]:
        """What was sent to a webhook or waits for it, newest first; of the last 30 days."""
        for page in self._pages(partial(_deliveries_call, webhook_id, state)):
            yield from page.deliveries

    def replay(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send an event again now, with the same `webhook-id`."""
        return self._fetch(_replay_call(webhook_id, delivery_id))


class AsyncWebhooks:
    """The webhooks of one gateway, for asyncio."""

    def __init__(self, fetch: AsyncFetch, pages: AsyncPages) -> None:
        self._fetch, self._pages = fetch, pages

    async def create(self, url: str, events: Sequence[str] | None = None, description: str = "") -> NewlyMade:
        """Name a receiver of events, of all unless told which; the answer has the secret that signs them."""
        return await self._fetch(_create_call(url, events, description))

    async def list(self) -> AsyncIterator[Webhook]:
        """All webhooks, newest first."""
        async for page in self._pages(_list_call):
            for webhook in page.webhooks:
                yield webhook

    async def get(self, webhook_id: str) -> Webhook:
        """One webhook, without its secret."""
        return await self._fetch(_get_call(webhook_id))

    async def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change what is given; enabled again, it gets at once what is due."""
        return await self._fetch(_change_call(webhook_id, url, events, description, enabled))

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook with its deliveries."""
        await self._fetch(_delete_call(webhook_id))

    async def secret(self, webhook_id: str) -> WebhookSecret:
        """What signs the events of a webhook."""
        return await self._fetch(_secret_call("GET", webhook_id))

    async def replace_secret(self, webhook_id: str) -> WebhookSecret:
        """Replace the secret; the one before signs as well for 24 hours."""
        return await self._fetch(_secret_call("POST", webhook_id))

    async def deliveries(self, webhook_id: str, *, state: DeliveryState | None = None) -> AsyncIterator[Delivery]:
        """What was sent to a webhook or waits for it, newest first; of the last 30 days."""
        async for page in self._pages(partial(_deliveries_call, webhook_id, state)):
            for delivery in page.deliveries:
                yield delivery

    async def replay(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send an event again now, with the same `webhook-id`."""
        return await self._fetch(_replay_call(webhook_id, delivery_id))


def _create_call(url: str, events: Sequence[str] | None, description: str) -> Call[NewlyMade]:
    given = {"url": url, "events": tuple(EventType) if events is None else tuple(events), "description": description}
    body = validate(NewWebhook.model_validate, given)
    return Call("POST", _PATH, read(NewlyMade), headers=idempotency(), json=to_json(body))


def _list_call(cursor: str | None) -> Call[WebhookPage]:
    return Call("GET", _PATH, read(WebhookPage), params=paging(cursor, None))


def _get_call(webhook_id: str) -> Call[Webhook]:
    return Call("GET", f"{_PATH}/{webhook_id}", read(Webhook))


def _secret_call(method: str, webhook_id: str) -> Call[WebhookSecret]:
    return Call(method, f"{_PATH}/{webhook_id}/secret", read(WebhookSecret))


def _change_call(
    webhook_id: str, url: str | None, events: Sequence[str] | None, description: str | None, enabled: bool | None
) -> Call[Webhook]:
    chosen = None if events is None else tuple(events)
    given = {"url": url, "events": chosen, "description": description, "enabled": enabled}
    body = validate(WebhookChange.model_validate, given)
    return Call("PATCH", f"{_PATH}/{webhook_id}", read(Webhook), json=to_json(body))


def _delete_call(webhook_id: str) -> Call[None]:
    return Call("DELETE", f"{_PATH}/{webhook_id}", lambda _: None)


def _deliveries_call(webhook_id: str, state: DeliveryState | None, cursor: str | None) -> Call[DeliveryPage]:
    params = paging(cursor, None) | ({} if state is None else {"state": state.value})
    return Call("GET", f"{_PATH}/{webhook_id}/deliveries", read(DeliveryPage), params=params)


def _replay_call(webhook_id: str, delivery_id: str) -> Call[Delivery]:
    return Call("POST", f"{_PATH}/{webhook_id}/deliveries/{delivery_id}/replay", read(Delivery))
