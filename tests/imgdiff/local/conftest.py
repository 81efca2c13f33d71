"""What the tests of the local set share."""

from collections.abc import Iterator

import pytest

from tests.ports import reserved_ports


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A loopback port that stays free until a program of the test listens on it."""
    with reserved_ports(1) as (port,):
        yield port
