"""The asyncio client behaves like the blocking one."""

import asyncio
import inspect
from typing import Any

import pytest

from imgdiff import AsyncClient, Client
from imgdiff.client import Retries
from imgdiff.errors import NotFound, Overloaded
from imgdiff.records import Verdict

QUICK = Retries(first_pause=0.01)


def test_both_clients_have_the_same_methods() -> None:
    def public(client: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(client, inspect.isfunction)
        return {name: list(inspect.signature(method).parameters) for name, method in methods if name[0] != "_"}

    assert public(AsyncClient) == public(Client)


def test_a_pair_becomes_a_record_although_the_events_are_interrupted(gateway: Any) -> None:
    gateway.events_a_connection = 1

    async def compare() -> Verdict:
        async with AsyncClient(gateway.url, retries=QUICK) as client:
            return (await client.compare(b"one", b"two")).verdict

    assert asyncio.run(compare()) is Verdict.DIFFERENT


def test_many_pairs_are_submitted_at_once(gateway: Any) -> None:
    async def compare() -> int:
        async with AsyncClient(gateway.url, retries=QUICK) as client:
            records = await asyncio.gather(*(client.compare(b"one", b"two") for _ in range(8)))
            return len(records)

    assert asyncio.run(compare()) == 8
    assert len(gateway.jobs) == 8


def test_without_events_the_job_is_polled(gateway: Any) -> None:
    gateway.events_work = False
    gateway.polls_until_end = 2

    async def compare() -> Verdict:
        async with AsyncClient(gateway.url, retries=QUICK) as client:
            return (await client.compare(b"one", b"two")).verdict

    assert asyncio.run(compare()) is Verdict.DIFFERENT


def test_failures_are_retried_and_errors_typed(gateway: Any) -> None:
    gateway.fails(Overloaded("full"), retry_after="0")

    async def ask() -> None:
        async with AsyncClient(gateway.url, retries=QUICK) as client:
            await client.submit(b"one", b"two")
            await client.job("job_" + "f" * 32)

    with pytest.raises(NotFound):
        asyncio.run(ask())
    assert len(gateway.jobs) == 1


def test_listings_and_exports_are_streamed(gateway: Any) -> None:
    async def read() -> tuple[int, bytes]:
        async with AsyncClient(gateway.url) as client:
            for _ in range(3):
                await client.submit(b"one", b"two")
            listed = [job async for job in client.jobs()]
            return len(listed), b"".join([piece async for piece in client.export("default")])

    listed, content = asyncio.run(read())

    assert listed == 3
    assert content.count(b"\n") == 2
