"""FLUX.2 klein against diffusers' own pipeline, and images from text."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import Flux2KleinPipeline
from PIL import Image

from benchmarks.speed.random_instruct import TINY, flux2_klein
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.backends.instruct.flow import FlowSampler
from services.editing.backends.instruct.flux2_klein import Flux2Klein
from services.editing.generation.instruct.pairs import ImageRequest
from services.gpu.compute import Batches

USE = ModelUse(stage="editing", name="tiny", version="local", sha256="1" * 64, licence="NOASSERTION")
TOLD = "Replace the dog with a cat."


@pytest.fixture(scope="module")
def base() -> Flux2KleinPipeline:
    """Not distilled: guided."""
    torch.manual_seed(4)
    return flux2_klein(TINY, distilled=False)


def _make(pipeline: Flux2KleinPipeline, request: ImageRequest, guidance: float) -> RGB:
    model = Flux2Klein(pipeline, side=64, steps=3, guidance=guidance)
    (made,) = FlowSampler(model, Batches(1, pytest.fail), USE)([request])
    assert isinstance(made, np.ndarray)
    return made


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_an_edit_is_what_diffusers_itself_makes(
    klein: Flux2KleinPipeline, base: Flux2KleinPipeline, noise: Callable[..., RGB], guidance: float
) -> None:
    pipeline = klein if guidance == 1 else base
    photo = noise(64, 96)
    theirs = pipeline(
        image=Image.fromarray(photo),
        prompt=TOLD,
        num_inference_steps=3,
        guidance_scale=guidance,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).images[0]

    assert np.abs(theirs * 255 - _make(pipeline, ImageRequest(TOLD, 7, photo), guidance)).max() <= 1


def test_an_image_from_text_is_what_diffusers_itself_makes(klein: Flux2KleinPipeline) -> None:
    theirs = klein(
        prompt="a cat",
        height=64,
        width=64,
        num_inference_steps=3,
        guidance_scale=1.0,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).images[0]

    assert np.abs(theirs * 255 - _make(klein, ImageRequest("a cat", 7), 1.0)).max() <= 1
