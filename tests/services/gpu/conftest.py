"""An empty cache of the hub."""

from pathlib import Path

import pytest
from huggingface_hub import constants

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, empty and offline; converted files and digests go beside it."""
    cache = tmp_path / "home" / "hub"
    cache.mkdir(parents=True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("IMGDIFF_OFFLINE", "true")
    return cache
