"""A receiver, and a deliverer that may reach it."""

import ipaddress
from collections.abc import Iterator
from functools import partial

import pytest

from gateway.outbound.requests import Outbound
from gateway.store.database import Database
from gateway.webhooks.bodies import render
from gateway.webhooks.deliverer import Deliverer
from tests.gateway.webhooks.receiver import Receiver, receiving

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def deliverer(database: Database) -> Deliverer:
    return Deliverer(database, Outbound(LOOPBACK, 2.0), partial(render, source="urn:imgdiff:tests"), 0.05)
