"""The deliverer sends what is due to webhooks, and notes how each attempt ended.

It runs beside everything else: no job and no cancel waits for a receiver. Any number of deliverers may run; each claims
what it sends. One that is killed leaves its deliveries to the others, who may send an event a second time: receivers
tell that by its id.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx

from gateway.outbound.addresses import Blocked
from gateway.outbound.requests import Outbound, Unreachable
from gateway.store.database import Database, Session
from gateway.store.webhooks import deliveries
from gateway.store.webhooks.deliveries import Claimed, Outcome
from gateway.webhooks.schedule import is_hopeless, pause_before, rest_after
from gateway.webhooks.signing import sign
from imgdiff.errors import NotFound, retry_after
from imgdiff.webhooks.documents import EventType

_log = logging.getLogger(__name__)
_AT_ONCE = 16  # deliveries that one process sends at a time; chosen, not measured
_MARGIN_SECONDS = 15.0  # of a claim beyond the longest request; chosen, not measured
_KEPT = timedelta(days=30)  # for which ended deliveries are listed; chosen, not measured
_FORGET_SECONDS = 600.0  # between two looks for older ones; chosen, not measured
_FORGET_AT_ONCE = 1000  # rows that one transaction deletes; chosen, not measured


@dataclass(frozen=True)
class Deliverer:
    """`deliver` sends what is due, `run` goes on until it is stopped.

    `render` makes what is sent of an event and its subject, and raises NotFound where that has been deleted.
    """

    database: Database
    outbound: Outbound
    render: Callable[[Session, EventType, str], str]
    seconds: float

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until `stopping` is set; a pass that fails is followed by another."""
        forgotten = float("-inf")
        while not stopping.is_set():
            sent = 0
            try:
                sent = await self.deliver()
                if time.monotonic() - forgotten > _FORGET_SECONDS:
                    forgotten = time.monotonic()
                    await asyncio.to_thread(self._forget)
            except Exception:  # noqa: BLE001  whatever it is, the next pass must come
                _log.warning("webhooks could not be served", exc_info=True)
            if sent < _AT_ONCE:
                try:
                    await asyncio.wait_for(stopping.wait(), self.seconds)
                except TimeoutError:
                    continue

    async def deliver(self) -> int:
        """Make an attempt at what is due; returns at how many deliveries."""
        claimed = await asyncio.to_thread(self._claim)
        await asyncio.gather(*(self._send(one) for one in claimed))
        return len(claimed)

    def _claim(self) -> list[Claimed]:
        with self.database.reading() as session:
            if not deliveries.has_due(session, datetime.now(UTC)):
                return []
        with self.database.writing() as session:
            longest = self.outbound.seconds + _MARGIN_SECONDS
            return deliveries.claim(session, datetime.now(UTC), _AT_ONCE, longest)

    async def _send(self, claimed: Claimed) -> None:
        try:
            body = claimed.body or await asyncio.to_thread(self._render, claimed)
            if body is not None:
                outcome = await self._attempt(claimed, body.encode())
                await asyncio.to_thread(self._settle, claimed, outcome)
        except Exception:  # noqa: BLE001  whatever it is, it concerns this one only, and its claim runs out
            _log.exception("%s could not be delivered", claimed.id)

    def _render(self, claimed: Claimed) -> str | None:
        """What is sent, which is kept for later attempts; None where there is nothing to tell of any more."""
        with self.database.writing() as session:
            try:
                body = self.render(session, claimed.type, claimed.subject)
            except NotFound:
                deliveries.give_up(session, claimed.sequence, f"{claimed.subject} was deleted before it could be sent")
                return None
            deliveries.keep_body(session, claimed.sequence, body)
            return body

    async def _attempt(self, claimed: Claimed, body: bytes) -> Outcome:
        at, began = datetime.now(UTC), time.monotonic()
        status, wish, error = None, None, None
        try:
            status, headers = await self.outbound.send(claimed.url, sign(claimed.id, at, body, claimed.secrets), body)
            wish = retry_after(headers)
        except (Blocked, Unreachable) as problem:
            error = str(problem)
        seconds = time.monotonic() - began
        if status is not None and httpx.codes.is_success(status):
            return Outcome(at, seconds, status)
        error = error or f"the receiver answered {status}"
        if status == HTTPStatus.GONE:  # of a URL that a request named, others of its origin may be there
            gone = None if claimed.requested else "the receiver answered 410: it wants nothing more"
            return Outcome(at, seconds, status, error, disable=gone)
        return Outcome(at, seconds, status, error, pause_before(claimed.attempts + 1, wish))

    def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        with self.database.writing() as session:
            if not outcome.delivered:
                failures, since = deliveries.failing_since(session, claimed.webhook)
                outcome = _with_rest(outcome, failures, since)
            deliveries.settle(session, claimed, outcome)

    def _forget(self) -> None:
        count = _FORGET_AT_ONCE
        while count == _FORGET_AT_ONCE:
            with self.database.writing() as session:
                count = deliveries.forget(session, datetime.now(UTC) - _KEPT, _FORGET_AT_ONCE)


def _with_rest(outcome: Outcome, failures: int, since: datetime | None) -> Outcome:
    hopeless = f"nothing was delivered since {since:%Y-%m-%d %H:%M} UTC" if is_hopeless(since, outcome.at) else None
    return replace(outcome, rest=rest_after(failures + 1), disable=outcome.disable or hopeless)
