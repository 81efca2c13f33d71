"""SDXL paints a dilated hole of a photo; what is outside keeps its bytes."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline

from imgdiff.errors import InvalidRequest, WorkCancelled
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import ModelUse, Operation
from imgdiff.stages import EditingRequest
from services.editing.backends.photo_inpainting import PhotoInpainting
from services.editing.backends.sdxl_inpainting import Painting, SdxlInpainter
from services.editing.schema import EditWork
from services.editing.sight import Sight
from services.embedded.masks import Flags, decoded
from services.serving.cancellation import Cancellation
from tests.services.editing.backends.sdxl.scripted_rewriter import ScriptedRewriter

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
    cancellation, steps = Cancellation(), []
    inpainter = SdxlInpainter(pipeline, Painting(side=64, steps=10, strength=1.0), USE)

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


def test_the_decoder_stays_in_float32(sdxl: StableDiffusionXLPipeline) -> None:
    parts = {name: part for name, part in sdxl.components.items() if name != "vae"}
    rounded = type(sdxl.vae).from_config(sdxl.vae.config)
    inpainter = SdxlInpainter(
        StableDiffusionXLInpaintPipeline(**parts, vae=rounded, add_watermarker=False), Painting(), USE
    )
    rounded.to(torch.bfloat16)

    assert inpainter._decoder.dtype is torch.float32


@pytest.fixture(scope="module")
def work(cups: RGB) -> Callable[..., EditWork]:
    def asked(**request: object) -> EditWork:
        return EditWork(cups, (), EditingRequest.model_validate({"operation": Operation.REMOVE, "seed": 4, **request}))

    return asked


def test_an_object_of_a_photo_is_removed(
    inpainter: SdxlInpainter, sight: Sight, work: Callable[..., EditWork], cups: RGB
) -> None:
    answer = PhotoInpainting(sight, inpainter, ScriptedRewriter())(work(target="cup"), Cancellation())

    assert answer.pair is not None, answer.reasons
    edit = answer.pair.edit
    image2, mask = decode(answer.pair.image2, "/image", ImageLimits()), decoded(edit.mask)
    assert (edit.before, edit.after, edit.scores.before, edit.scores.outside_psnr) == ("cup", None, 0.0, 99.0)
    assert np.array_equal(image2[~mask], cups[~mask])
    assert answer.pair.image1 is None
    assert {use.name for use in answer.models} >= {"turbo"}


def test_a_replacement_that_is_not_seen_is_not_confirmed(
    inpainter: SdxlInpainter, sight: Sight, work: Callable[..., EditWork]
) -> None:
    asked = work(operation=Operation.REPLACE, target="cup", replacement="dog")
    answer = PhotoInpainting(sight, inpainter, ScriptedRewriter())(asked, Cancellation())

    assert answer.pair is None
    assert [reason.code for reason in answer.reasons] == ["edit.not_confirmed"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"target": "zebra"}, "edit.target_not_found"),
        ({"target": "unicorn"}, "edit.target_not_found"),
        ({"target": "cup", "thresholds": {"edit.too_large": 0.001}}, "edit.too_large"),
        ({"target": "cup", "operation": Operation.REPLACE}, "edit.target_not_found"),  # the rewriter knows no cups
    ],
)
def test_what_cannot_be_painted_has_a_reason(
    inpainter: SdxlInpainter, sight: Sight, work: Callable[..., EditWork], asked: dict, code: str
) -> None:
    answer = PhotoInpainting(sight, inpainter, ScriptedRewriter())(work(**asked), Cancellation())

    assert [reason.code for reason in answer.reasons] == [code]


def test_other_operations_are_not_its_own(
    inpainter: SdxlInpainter, sight: Sight, work: Callable[..., EditWork]
) -> None:
    with pytest.raises(InvalidRequest):
        PhotoInpainting(sight, inpainter, ScriptedRewriter())(work(operation=Operation.MOVE), Cancellation())
