"""Odd regions and pictures get words or none, never an exception, and never a thing that is not there."""

import time

import numpy as np
import pytest
from pydantic import ValidationError

from imgdiff.evidence import Outcome
from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import CaptioningRequest, DetectedRegion
from imgdiff.whole_pair import Alignment, Lens
from services.captioning.schema import CaptionWork
from services.imaging.masks import encode_mask
from services.imaging.warp import warp

SECOND_CUP = (440, 6, 596, 150)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (9, 5, 5, 9), (-1, 0, 4, 4), (0, 0, 4, 0)])
def test_a_box_without_an_area_or_before_the_image_is_no_region(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValidationError, match=r"a box is|greater than or equal"):
        DetectedRegion(box=box, difference=0.5, kept=True)


@pytest.mark.parametrize(
    "box",
    [(0, 0, 600, 400), (0, 0, 1, 1), (599, 399, 600, 400), (0, 0, 600, 1), (0, 0, 1, 400), (598, 0, 600, 2)],
    ids=["all of it", "first pixel", "last pixel", "a row", "a column", "a corner"],
)
def test_regions_of_any_shape_are_answered(caption, before: RGB, after: RGB, box: tuple[int, int, int, int]) -> None:
    (region,) = caption(before, after, box).regions

    assert region.check is not None
    assert region.check.outcome is not Outcome.DROPPED
    if max(box[2] - box[0], box[3] - box[1]) < 5:
        assert (region.label1, region.label2) == (None, None)


def test_two_hundred_regions_are_answered_in_order_and_in_time(caption, before: RGB, after: RGB) -> None:
    boxes = [(x, y, x + 28, y + 36) for y in range(0, 360, 38) for x in range(0, 580, 29)]
    started = time.perf_counter()

    answer = caption(before, after, *boxes[:200])

    assert len(answer.regions) == 200
    assert {region.change for region in answer.regions[:100:40]} == {"changed"}  # nothing differs there
    assert time.perf_counter() - started < 120


def test_a_mask_without_a_pixel_is_no_mask(caption, before: RGB, after: RGB) -> None:
    empty = encode_mask(np.zeros(before.shape[:2], bool))
    regions = (DetectedRegion(box=SECOND_CUP, mask=empty, difference=0.5, kept=True),)

    assert caption(before, after, regions=regions).regions == caption(before, after, SECOND_CUP).regions


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_equal_flat_pictures_show_nothing(caption, shade: int) -> None:
    flat = np.full((64, 64, 3), shade, np.uint8)
    (region,) = caption(flat, flat, (8, 8, 40, 40)).regions

    assert (region.change, region.label1, region.label2, region.words[0].text) == ("changed", None, None, "changed")


def test_noise_is_not_called_anything(caption) -> None:
    noise = [np.random.default_rng(seed).integers(0, 256, (200, 300, 3), np.uint8) for seed in (1, 2)]
    answer = caption(*noise, (20, 20, 120, 120), (150, 40, 280, 180))

    assert [(region.label1, region.label2) for region in answer.regions] == [(None, None)] * 2


def test_images_of_other_sizes_are_laid_over_by_their_transform(caption, before: RGB, after: RGB) -> None:
    half = np.ascontiguousarray(after[::2, ::2])
    halved = Alignment(applied=True, model="affine", matrix=((0.5, 0, 0), (0, 0.5, 0), (0, 0, 1)), score=0.9)
    (region,) = caption(before, half, SECOND_CUP, alignment=halved).regions

    assert (region.change, region.label2) == ("added", "cup")


def test_the_same_request_has_the_same_answer(caption, before: RGB, after: RGB) -> None:
    first, second = (caption(before, after, SECOND_CUP, (10, 10, 200, 200)) for _ in range(2))

    assert first.model_copy(update={"seconds": 0}) == second.model_copy(update={"seconds": 0})


def test_image2_is_laid_straight_through_the_lens_of_the_alignment(before: RGB) -> None:
    height, width = before.shape[:2]
    lens = Lens(centre=((width - 1) / 2, (height - 1) / 2), radius=float(np.hypot(width, height)) / 2, terms=(-0.08, 0))
    still = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    alignment = Alignment(applied=True, model="lens", matrix=still, lens=lens, score=0.9)
    bent, _ = warp(before, np.eye(3), width, height, lens.model_copy(update={"terms": (0.08, 0.02)}))

    work = CaptionWork(before, bent, CaptioningRequest(alignment=alignment, verdict=Verdict.DIFFERENT))

    _, straight = work.align()
    middle = slice(height // 4, -height // 4), slice(width // 4, -width // 4)
    assert (
        np.abs(straight[middle].astype(int) - before[middle]).mean()
        < 0.5 * np.abs(bent[middle].astype(int) - before[middle]).mean()
    )
