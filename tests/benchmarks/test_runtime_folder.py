"""A benchmark leaves the environment as it found it."""

import os

import pytest

from benchmarks.runtime_folder import runtime_folder


@pytest.mark.parametrize("before", [None, "/run/user/0"])
def test_the_folder_is_set_in_the_block_alone(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if before is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", before)

    with runtime_folder("/tmp/mine"):
        assert os.environ["XDG_RUNTIME_DIR"] == "/tmp/mine"

    assert os.environ.get("XDG_RUNTIME_DIR") == before
