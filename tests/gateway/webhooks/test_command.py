"""`imgdiff webhooks` and `client.webhooks` name receivers, list deliveries and send them again."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.app import create_app
from gateway.settings import GatewaySettings
from imgdiff.cli.app import app
from imgdiff.client import AsyncClient, Client
from imgdiff.errors import InvalidRequest
from imgdiff.webhooks.documents import DeliveryState
from tests.gateway.webhooks.receiver import Receiver

RUNNER = CliRunner()


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    return GatewaySettings.model_validate(
        {**settings.model_dump(), "outbound_networks": ("127.0.0.0/8",), "sweep_seconds": 0.05}
    )


@pytest.fixture
def gateway(settings: GatewaySettings, serve: Callable[..., httpx.Client]) -> httpx.Client:
    return serve(create_app(settings))


def _run(gateway: httpx.Client, *arguments: str) -> Any:
    result = RUNNER.invoke(app, ["webhooks", *arguments, "--url", str(gateway.base_url), "--json"])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return lines if arguments[0] in {"list", "deliveries"} else lines[0]


def _cancel_a_job(gateway: httpx.Client, png: bytes) -> str:
    with Client(str(gateway.base_url)) as client:
        return client.cancel(client.submit(png, png).id).id


def test_a_receiver_is_named_and_gets_an_event_again(gateway: httpx.Client, receiver: Receiver, png: bytes) -> None:
    made = _run(gateway, "create", f"{receiver.url}/a", "--event", "imgdiff.job.cancelled", "--description", "mine")
    job = _cancel_a_job(gateway, png)
    receiver.wait(1)
    while (log := _run(gateway, "deliveries", made["id"], "--state", "delivered")) == []:
        pass
    again = _run(gateway, "replay", made["id"], log[0]["id"])
    receiver.wait(2)

    assert (log[0]["subject"], again["id"]) == (job, log[0]["id"])
    assert [one.headers["webhook-id"] for one in receiver.received] == [again["id"]] * 2
    assert [(one["id"], one["description"]) for one in _run(gateway, "list")] == [(made["id"], "mine")]
    assert _run(gateway, "disable", made["id"])["enabled"] is False
    assert _run(gateway, "enable", made["id"])["enabled"] is True
    assert _run(gateway, "secret", made["id"])["secret"] == made["secret"]
    assert _run(gateway, "secret", made["id"], "--replace")["secret"] != made["secret"]
    assert _run(gateway, "delete", made["id"]) == {"id": made["id"], "deleted": True}
    assert _run(gateway, "list") == []


def test_people_read_lines(gateway: httpx.Client, receiver: Receiver, png: bytes) -> None:
    url = str(gateway.base_url)
    made = RUNNER.invoke(app, ["webhooks", "create", f"{receiver.url}/a", "--url", url]).stdout.split()
    job = _cancel_a_job(gateway, png)
    receiver.wait(1)
    while "delivered" not in (log := RUNNER.invoke(app, ["webhooks", "deliveries", made[0], "--url", url]).stdout):
        pass

    assert made[1].startswith("whsec_")
    assert RUNNER.invoke(app, ["webhooks", "list", "--url", url]).stdout == f"{made[0]} {receiver.url}/a on\n"
    assert log.endswith(f"imgdiff.job.cancelled {job} delivered, 1 attempt, answered 204\n")


def test_the_client_of_asyncio_does_the_same(gateway: httpx.Client, receiver: Receiver, png: bytes) -> None:
    async def use() -> None:
        async with AsyncClient(str(gateway.base_url)) as client:
            made = await client.webhooks.create(f"{receiver.url}/a", ["imgdiff.job.cancelled"])
            await client.cancel((await client.submit(png, png)).id)
            await asyncio.to_thread(receiver.wait, 1)
            while not (
                log := [one async for one in client.webhooks.deliveries(made.id, state=DeliveryState.DELIVERED)]
            ):
                pass
            assert (await client.webhooks.replay(made.id, log[0].id)).state is DeliveryState.WAITING
            assert [one.id async for one in client.webhooks.list()] == [made.id]
            changed = await client.webhooks.change(made.id, description="mine", events=["imgdiff.record.created"])
            assert changed == await client.webhooks.get(made.id)
            assert (changed.description, changed.events) == ("mine", ("imgdiff.record.created",))
            assert (await client.webhooks.secret(made.id)).secret == made.secret
            assert (await client.webhooks.replace_secret(made.id)).previous_until is not None
            await client.webhooks.delete(made.id)
            with pytest.raises(InvalidRequest, match="events"):
                await client.webhooks.create(receiver.url, [])

    asyncio.run(use())
