"""The I/O under both clients: they perform the steps of flows, read pages, follow events, and have parts that do."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing
from typing import Self, TypeVar

import httpx
from httpx_sse import EventSource

from imgdiff.client.calls import Call
from imgdiff.client.feed import Feed
from imgdiff.client.flows import Flow, Step, fetch, send
from imgdiff.client.reviews import AsyncReviews, Reviews
from imgdiff.client.transport.connection import Connection, Page
from imgdiff.client.transport.failures import Outcome
from imgdiff.client.webhooks import AsyncWebhooks, Webhooks
from imgdiff.jobs import JobEvent

Answer = TypeVar("Answer")


class Driver(Connection[httpx.Client]):
    """Blocks while it performs a step."""

    _open = httpx.Client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def webhooks(self) -> Webhooks:
        """Webhooks: receivers of events."""
        return Webhooks(self._fetch, self._pages)

    @property
    def reviews(self) -> Reviews:
        """Reviews of records, and what they tell of datasets."""
        return Reviews(self._fetch, self._pages)

    def _fetch(self, call: Call[Answer]) -> Answer:
        return self._drive(fetch(call, self._retries, self.url))

    def _pages(self, call: Callable[[str | None], Call[Page]]) -> Iterator[Page]:
        page = self._fetch(call(None))
        yield page
        while page.next_cursor is not None:
            page = self._fetch(call(page.next_cursor))
            yield page

    def _events(self, feed: Feed) -> Iterator[JobEvent]:
        while feed.is_open():
            response = self._drive(send(feed.call(), self._retries, self.url, feed.deadline))
            try:
                with closing(response):
                    for message in EventSource(response).iter_sse():
                        event = feed.accept(message)
                        if event is not None:
                            yield event
                        if not feed.is_open():
                            return
            except httpx.TransportError:
                pass  # the feed decides below whether to reconnect
            self._drive(feed.pause())

    def _drive(self, flow: Flow[Answer]) -> Answer:
        outcome: Outcome | None = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            outcome = self._perform(step)

    def _perform(self, step: Step) -> Outcome | None:
        if isinstance(step, float):
            time.sleep(step)
            return None
        try:
            response = self._http.send(self._request(step), stream=step.stream)
            if step.stream and not response.is_success:
                response.read()
        except httpx.TransportError as error:
            return error
        return response


class AsyncDriver(Connection[httpx.AsyncClient]):
    """Awaits each step."""

    _open = httpx.AsyncClient

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @property
    def webhooks(self) -> AsyncWebhooks:
        """Webhooks: receivers of events."""
        return AsyncWebhooks(self._fetch, self._pages)

    @property
    def reviews(self) -> AsyncReviews:
        """Reviews of records, and what they tell of datasets."""
        return AsyncReviews(self._fetch, self._pages)

    async def _fetch(self, call: Call[Answer]) -> Answer:
        return await self._drive(fetch(call, self._retries, self.url))

    async def _pages(self, call: Callable[[str | None], Call[Page]]) -> AsyncIterator[Page]:
        page = await self._fetch(call(None))
        yield page
        while page.next_cursor is not None:
            page = await self._fetch(call(page.next_cursor))
            yield page

    async def _events(self, feed: Feed) -> AsyncIterator[JobEvent]:
        while feed.is_open():
            response = await self._drive(send(feed.call(), self._retries, self.url, feed.deadline))
            try:
                async with aclosing(response):
                    async for message in EventSource(response).aiter_sse():
                        event = feed.accept(message)
                        if event is not None:
                            yield event
                        if not feed.is_open():
                            return
            except httpx.TransportError:
                pass  # the feed decides below whether to reconnect
            await self._drive(feed.pause())

    async def _drive(self, flow: Flow[Answer]) -> Answer:
        outcome: Outcome | None = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            outcome = await self._perform(step)

    async def _perform(self, step: Step) -> Outcome | None:
        if isinstance(step, float):
            await asyncio.sleep(step)
            return None
        try:
            response = await self._http.send(self._request(step), stream=step.stream)
            if step.stream and not response.is_success:
                await response.aread()
        except httpx.TransportError as error:
            return error
        return response
