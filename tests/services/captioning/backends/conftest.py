"""Tiny random networks in the place of the large ones, as folders and files of safetensors."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.services.matching.tiny_networks import blip_folder, clip_file, pictures, processor  # before transformers

from benchmarks.speed.random_captioners import TINY, captioner  # isort: skip
from tests.services.captioning.backends.tiny_qwen import tiny_qwen  # isort: skip

__all__ = ["blip_folder", "clip_file", "pictures", "processor"]


@pytest.fixture(scope="session")
def vlm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with a tiny `llava`, `llava-next` or `qwen3-vl`."""

    def written(kind: str) -> Path:
        torch.manual_seed(3)
        model, its_processor = tiny_qwen() if kind == "qwen3-vl" else captioner(kind, TINY)
        folder = tmp_path_factory.mktemp(kind)
        model.save_pretrained(folder)
        its_processor.save_pretrained(folder)
        return folder

    return written
