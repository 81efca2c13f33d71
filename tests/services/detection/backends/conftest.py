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
from transformers import SamModel  # noqa: E402

from benchmarks.speed.tiny_networks import register_tiny, tiny_sam, tiny_sam2  # noqa: E402
from services.detection.backends.automatic_masks import AutomaticMaskSegmenter, PointNetwork, Quality  # noqa: E402
from services.detection.backends.embedder import TowerEmbedder  # noqa: E402
from services.detection.backends.sam import SamNetwork  # noqa: E402
from services.detection.backends.sam2 import Sam2Network  # noqa: E402
from services.gpu.clip import ImageTower, build_clip  # noqa: E402
from services.gpu.compute import Compute, compute_on  # noqa: E402
from services.gpu.preprocessing import Preprocessing  # noqa: E402
from tests.services.detection.backends.hub_folders import IMAGENET  # noqa: E402
from tests.services.matching.tiny_networks import blip_folder  # noqa: E402

__all__ = ["blip_folder"]

register_tiny()

MakeSegmenter = Callable[..., AutomaticMaskSegmenter]


@pytest.fixture(scope="session")
def processor() -> Compute:
    return compute_on("cpu", 1)


@pytest.fixture
def sam() -> SamModel:
    """The network in `segmenter`."""
    torch.manual_seed(7)
    return tiny_sam()


@pytest.fixture(scope="session")
def make_network(processor: Compute) -> Callable[[str], PointNetwork]:
    """A network that is asked for the masks at points, by the name of its backend."""

    def make(name: str) -> PointNetwork:
        torch.manual_seed(7)
        if name == "sam":
            return SamNetwork(tiny_sam(), processor)
        return Sam2Network(tiny_sam2(), Preprocessing(128, 128, *IMAGENET), processor)

    return make


@pytest.fixture(params=["sam", "sam2"])
def network(request: pytest.FixtureRequest, make_network: Callable[[str], PointNetwork]) -> PointNetwork:
    """Each of them."""
    return make_network(request.param)


@pytest.fixture(scope="session")
def make_segmenter() -> MakeSegmenter:
    """Random networks are sure of nothing, so every mask is good."""

    def make(network: PointNetwork, **changed: object) -> AutomaticMaskSegmenter:
        usual = {"quality": Quality(-1.0, 0.0, 4), "images_at_once": 2, "prompts_at_once": 8, "halved": pytest.fail}
        return AutomaticMaskSegmenter(network, **{**usual, **changed})

    return make


@pytest.fixture
def segmenter(sam: SamModel, processor: Compute, make_segmenter: MakeSegmenter) -> AutomaticMaskSegmenter:
    return make_segmenter(SamNetwork(sam, processor))


@pytest.fixture
def clip() -> open_clip.CLIP:
    """The network in `embedder`."""
    torch.manual_seed(7)
    return build_clip("tiny", prefix="")


@pytest.fixture
def embedder(clip: open_clip.CLIP, processor: Compute) -> TowerEmbedder:
    return TowerEmbedder(ImageTower(clip, processor), crops_at_once=4, halved=pytest.fail)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Random weights of the tiny `sam` or `clip` as a safetensors file."""

    def written(name: str) -> Path:
        torch.manual_seed(7)
        model = tiny_sam() if name == "sam" else build_clip("tiny", prefix="")
        path = tmp_path_factory.mktemp("weights") / f"{name}.safetensors"
        save_file({key: value.clone() for key, value in model.state_dict().items()}, path)
        return path

    return written


@pytest.fixture(scope="session")
def pictures() -> list[RGB]:
    """Cuts of a photo, of several shapes down to one pixel high."""
    photo = np.ascontiguousarray(data.astronaut(), np.uint8)
    cuts = [photo[:128, :128], photo[100:160, 50:250], photo[200:500, 300:340], photo[:1, :400], photo[9:25, 9:25]]
    return [np.ascontiguousarray(cut) for cut in cuts]
