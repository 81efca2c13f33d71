"""Who is let into a set that others could reach."""

import json
from pathlib import Path

import pytest

from imgdiff.errors import Unauthorized
from imgdiff.local.layout import Layout
from imgdiff.local.openness import allowed_hosts, require_keys
from imgdiff.local.ports import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_reached_from_this_machine_alone(host: str, tmp_path: Path) -> None:
    assert is_loopback(host)
    require_keys(Layout(tmp_path), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "localhost.example"])  # noqa: S104
def test_another_address_needs_a_key(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMGDIFF_GATEWAY_BOOTSTRAP_KEY", raising=False)
    with pytest.raises(Unauthorized, match="there is no API key"):
        require_keys(Layout(tmp_path), host)

    monkeypatch.setenv("IMGDIFF_GATEWAY_BOOTSTRAP_KEY", "k" * 32)
    require_keys(Layout(tmp_path), host)


def test_names_of_the_environment_stay_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_GATEWAY_ALLOWED_HOSTS", '["images.example"]')

    (names,) = allowed_hosts(["192.0.2.7"]).values()

    assert json.loads(names) == ["images.example", "192.0.2.7"]
