"""Where the hub's client keeps its cache, said without the client."""

import sys

import pytest

from imgdiff.backends.hub_errors import cache_folder

SETTINGS = ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"XDG_CACHE_HOME": "/caches"}, "/caches/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/caches", "HF_HOME": "/home"}, "/home/hub"),
        ({"XDG_CACHE_HOME": "/caches", "HF_HOME": "/home", "HF_HUB_CACHE": "/hub"}, "/hub"),
    ],
)
def test_the_cache_is_known_where_the_client_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert cache_folder() == expected
