"""The hub's stand-in, and a repository in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_stand_in import Hub, serving

WEIGHTS = bytes(range(256)) * 4096  # 1 MiB: four writes of a download


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving(monkeypatch, tmp_path / "home" / "hub") as found:
        found.repositories["some/net"] = {
            "config.json": b"{}",
            "README.md": b"words",
            "model.safetensors": WEIGHTS,
            "model.fp16.safetensors": WEIGHTS,
            "onnx/model.onnx": WEIGHTS,
        }
        yield found
