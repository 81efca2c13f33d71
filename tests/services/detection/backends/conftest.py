"""Tiny random networks in the place of the large ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from skimage import data

import tests.fitting_torchvision
from imgdiff.images import RGB

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

import open_clip  # noqa: E402
from segment_anything.modeling import Sam  # noqa: E402

from benchmarks.speed.tiny_networks import register_tiny  # noqa: E402
from services.detection.backends.open_clip import OpenClipEmbedder  # noqa: E402
from services.detection.backends.sam import Quality, SamSegmenter, build_sam  # noqa: E402
from services.gpu.clip import build_clip  # noqa: E402
from services.gpu.compute import Compute, compute_on  # noqa: E402
from tests.services.matching.tiny_networks import blip_folder  # noqa: E402

__all__ = ["blip_folder"]

register_tiny()


@pytest.fixture(scope="session")
def processor() -> Compute:
    return compute_on("cpu", 2)


@pytest.fixture
def any_mask() -> Quality:
    """Random networks are sure of nothing, so every mask is good."""
    return Quality(iou=-1.0, stability=0.0, points=4)


@pytest.fixture
def sam() -> Sam:
    """The network in `segmenter`."""
    torch.manual_seed(7)
    return build_sam("tiny")


@pytest.fixture
def segmenter(sam: Sam, processor: Compute, any_mask: Quality) -> SamSegmenter:
    return SamSegmenter(sam, processor, quality=any_mask, images_at_once=2, prompts_at_once=8, halved=pytest.fail)


@pytest.fixture
def clip() -> open_clip.CLIP:
    """The network in `embedder`."""
    torch.manual_seed(7)
    return build_clip("tiny", prefix="")


@pytest.fixture
def embedder(clip: open_clip.CLIP, processor: Compute) -> OpenClipEmbedder:
    return OpenClipEmbedder(clip, processor, crops_at_once=4, halved=pytest.fail)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Random weights of the tiny `sam` or `clip` as a safetensors file."""

    def written(name: str) -> Path:
        torch.manual_seed(7)
        model = build_sam("tiny") if name == "sam" else build_clip("tiny", prefix="")
        path = tmp_path_factory.mktemp("weights") / f"{name}.safetensors"
        save_file(model.state_dict(), path)
        return path

    return written


@pytest.fixture(scope="session")
def pictures() -> list[RGB]:
    """Cuts of a photo, of several shapes down to one pixel high."""
    photo = np.ascontiguousarray(data.astronaut(), np.uint8)
    cuts = [photo[:128, :128], photo[100:160, 50:250], photo[200:500, 300:340], photo[:1, :400], photo[9:25, 9:25]]
    return [np.ascontiguousarray(cut) for cut in cuts]
