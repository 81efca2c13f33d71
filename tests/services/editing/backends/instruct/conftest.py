"""Tiny random networks of both architectures, alone and as folders with the names of the hub."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from diffusers import Flux2KleinPipeline, QwenImageEditPlusPipeline  # noqa: E402
from diffusers.utils.logging import disable_progress_bar  # noqa: E402
from transformers.utils.logging import disable_progress_bar as disable_bars  # noqa: E402

from benchmarks.speed.random_instruct import TINY, flux2_klein, tiny_qwen_image_edit  # noqa: E402
from imgdiff.images import RGB  # noqa: E402
from services.editing.backends.instruct.flow import FlowModel  # noqa: E402
from services.editing.backends.instruct.flux2_klein import Flux2Klein  # noqa: E402
from services.editing.backends.instruct.qwen_image_edit import QwenImageEdit  # noqa: E402
from tests.services.editing.backends.instruct.hub_folder import KLEIN, QWEN, lay_out  # noqa: E402

disable_progress_bar()
disable_bars()


@pytest.fixture(scope="session")
def klein() -> Flux2KleinPipeline:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    return flux2_klein(TINY)


@pytest.fixture(scope="session")
def qwen() -> QwenImageEditPlusPipeline:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    return tiny_qwen_image_edit()


@pytest.fixture(scope="session", params=["flux2_klein", "qwen_image_edit"])
def model(request: pytest.FixtureRequest, klein: Flux2KleinPipeline, qwen: QwenImageEditPlusPipeline) -> FlowModel:
    """Each of the two with three steps; Qwen's photos have 64 x 64 pixels inside."""
    if request.param == "flux2_klein":
        return Flux2Klein(klein, side=64, steps=3, guidance=1.0)
    return QwenImageEdit(qwen, steps=3, guidance=4.0, negative=" ", pixels=64 * 64)


@pytest.fixture(scope="session")
def klein_folder(klein: Flux2KleinPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(klein, tmp_path_factory.mktemp("hub") / "FLUX.2-klein-4B", KLEIN)


@pytest.fixture(scope="session")
def qwen_folder(qwen: QwenImageEditPlusPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(qwen, tmp_path_factory.mktemp("hub") / "Qwen-Image-Edit-2511", QWEN)


@pytest.fixture(scope="session")
def noise() -> Callable[..., RGB]:
    """A photo of that height and width without any structure."""
    return lambda height, width, seed=0: np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
