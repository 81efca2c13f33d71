"""Qwen-Image-Edit against diffusers' own pipeline."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import QwenImageEditPlusPipeline
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus
from PIL import Image

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.backends.instruct.flow import FlowSampler
from services.editing.backends.instruct.qwen_image_edit import QwenImageEdit
from services.editing.generation.instruct.pairs import ImageRequest
from services.gpu.compute import Batches

USE = ModelUse(stage="editing", name="tiny", version="local", sha256="1" * 64, licence="NOASSERTION")
TOLD = "Replace the dog with a cat."


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_an_edit_is_what_diffusers_itself_makes(
    qwen: QwenImageEditPlusPipeline, noise: Callable[..., RGB], monkeypatch: pytest.MonkeyPatch, guidance: float
) -> None:
    monkeypatch.setattr(pipeline_qwenimage_edit_plus, "VAE_IMAGE_SIZE", 64 * 64)
    photo = noise(64, 64)
    theirs = qwen(
        image=[Image.fromarray(photo)],
        prompt=TOLD,
        negative_prompt=" " if guidance > 1 else None,
        true_cfg_scale=guidance,
        height=64,
        width=64,
        num_inference_steps=3,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).images[0]
    model = QwenImageEdit(qwen, steps=3, guidance=guidance, negative=" ", pixels=64 * 64)
    (made,) = FlowSampler(model, Batches(1, pytest.fail), USE)([ImageRequest(TOLD, 7, photo)])

    assert np.abs(theirs * 255 - made).max() <= 1
