"""SDXL paints a dilated hole of a photo; what is outside keeps its bytes."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline

from imgdiff.errors import ServiceUnavailable, WorkCancelled
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.backends.sdxl.inpainting import Painting, SdxlInpainter
from services.editing.operations.edit import Refused
from services.imaging.arrays import Flags
from services.serving.cancellation import Cancellation

USE = ModelUse(stage="editing", name="turbo", version="local", sha256="2" * 64, licence="NOASSERTION")


@pytest.fixture(scope="module")
def pipeline(sdxl: StableDiffusionXLPipeline) -> StableDiffusionXLInpaintPipeline:
    return StableDiffusionXLInpaintPipeline(**sdxl.components, add_watermarker=False)


@pytest.fixture
def inpainter(pipeline: StableDiffusionXLInpaintPipeline) -> SdxlInpainter:
    return SdxlInpainter(pipeline, Painting(side=64), USE)


@pytest.fixture
def thing() -> Flags:
    mask = np.zeros((100, 140), np.bool_)
    mask[40:60, 50:80] = True
    return mask


@pytest.fixture
def picture() -> RGB:
    return np.random.default_rng(0).integers(0, 256, (100, 140, 3), np.uint8)


def test_the_hole_is_painted_and_outside_is_bit_identical(inpainter: SdxlInpainter, picture: RGB, thing: Flags) -> None:
    painted, place = inpainter.paint(picture, thing, "a dog", 1, Cancellation())

    assert np.array_equal(painted[~place], picture[~place])
    assert (painted[thing] != picture[thing]).any(1).mean() > 0.9
    assert (place & ~thing).any()  # a margin for soft edges and shadows
    assert place.sum() < 2 * thing.sum()


def test_a_seed_is_one_painting(inpainter: SdxlInpainter, picture: RGB, thing: Flags) -> None:
    one, again, other = (inpainter.paint(picture, thing, "a dog", seed, Cancellation())[0] for seed in (1, 1, 2))

    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_cancelling_stops_within_one_step(
    pipeline: StableDiffusionXLInpaintPipeline, picture: RGB, thing: Flags, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancellation, steps, reported = Cancellation(), [], []
    painting = Painting(side=64, steps=10, strength=0.5)
    inpainter = SdxlInpainter(pipeline, painting, USE, lambda *given: reported.append(given))

    def counted(*_: object) -> None:
        steps.append(1)
        if len(steps) == 3:
            cancellation.cancel()

    watching = pipeline.unet.register_forward_hook(counted)
    try:
        with pytest.raises(WorkCancelled):
            inpainter.paint(picture, thing, "a dog", 1, cancellation)
        with pytest.raises(WorkCancelled):
            inpainter.paint(picture, thing, "a dog", 1, cancellation)
    finally:
        watching.remove()
    assert len(steps) == 3
    assert reported == [(1, 5), (2, 5), (3, 5)]


def test_out_of_memory_the_caller_may_retry_and_the_next_hole_is_painted(
    inpainter: SdxlInpainter, pipeline: StableDiffusionXLInpaintPipeline, picture: RGB, thing: Flags
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    watching = pipeline.unet.register_forward_hook(full)
    try:
        with pytest.raises(ServiceUnavailable, match="memory") as caught:
            inpainter.paint(picture, thing, "a dog", 1, Cancellation())
    finally:
        watching.remove()
    assert caught.value.retry_after == 30
    assert inpainter.paint(picture, thing, "a dog", 1, Cancellation())[0].shape == picture.shape


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("upcast", [True, False])
def test_a_photo_is_encoded_whatever_the_autoencoders_own_setting_is(
    sdxl: StableDiffusionXLPipeline, picture: RGB, thing: Flags, dtype: torch.dtype, *, upcast: bool
) -> None:
    vae = type(sdxl.vae).from_config(sdxl.vae.config, force_upcast=upcast)
    vae.load_state_dict(sdxl.vae.state_dict())
    parts = {name: part for name, part in sdxl.components.items() if name != "vae"}
    networks = {name: deepcopy(parts[name]).to(dtype) for name in ("unet", "text_encoder", "text_encoder_2")}
    whole = StableDiffusionXLInpaintPipeline(**{**parts, **networks}, vae=vae, add_watermarker=False)
    inpainter = SdxlInpainter(whole, Painting(side=64), USE)
    first, second = (inpainter.paint(picture, thing, "a dog", 1, Cancellation())[0] for _ in range(2))

    assert (first[thing] != picture[thing]).any(1).mean() > 0.9
    assert np.abs(first.astype(int) - second).max() <= 8  # the pipeline keeps its encoder in the UNet's dtype


def test_pixels_that_are_not_finite_refuse_the_painting(
    pipeline: StableDiffusionXLInpaintPipeline, inpainter: SdxlInpainter, picture: RGB, thing: Flags
) -> None:
    watching = pipeline.unet.register_forward_hook(lambda _, given, output: (output[0] * torch.nan,))
    try:
        with pytest.raises(Refused) as caught:
            inpainter.paint(picture, thing, "a dog", 1, Cancellation())
    finally:
        watching.remove()
    assert caught.value.reason.code == "edit.not_finite"


def test_the_decoder_stays_in_float32_and_is_tiled_as_the_pipelines_is(
    sdxl: StableDiffusionXLPipeline, picture: RGB, thing: Flags
) -> None:
    parts = {name: part for name, part in sdxl.components.items() if name != "vae"}
    vae = type(sdxl.vae).from_config(sdxl.vae.config)
    seen: list[torch.dtype] = []
    vae.decoder.register_forward_pre_hook(lambda _, given: seen.append(given[0].dtype))  # goes along with a copy
    counts = []
    for tiles in (False, True):
        vae.use_tiling = tiles
        whole = StableDiffusionXLInpaintPipeline(**parts, vae=vae.float(), add_watermarker=False)
        inpainter = SdxlInpainter(whole, Painting(side=128, steps=2), USE)
        vae.to(torch.bfloat16)
        seen.clear()
        inpainter.paint(picture, thing, "a dog", 1, Cancellation())
        counts.append(len(seen))
        assert set(seen) == {torch.float32}

    assert counts[0] == 1 < counts[1]
