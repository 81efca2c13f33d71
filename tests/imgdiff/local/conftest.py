"""What the tests of the local set share."""

import pytest

from imgdiff.local.ports import free_ports


@pytest.fixture
def unused_port() -> int:
    """A loopback port that is free now."""
    return free_ports(1)[0]
