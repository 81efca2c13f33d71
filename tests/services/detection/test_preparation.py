"""Both methods prepare a pair in the same way."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.stages import Content, DetectionRequest
from services.detection.limits import TRUSTED_SCORE
from services.detection.preparation import choose_thresholds, find_transform, is_identical, make_view, prepare
from services.detection.registration.alignment import score_in_place
from services.detection.registration.transform import Transform
from services.detection.schema import PairWork


def _nothing() -> None:
    return None


@pytest.mark.parametrize(
    ("request_", "regions"),
    [
        ({}, 20),
        ({"policy": "curate"}, 5),
        ({"policy": "curate", "max_regions": 20}, 20),
        ({"policy": "describe", "max_regions": 3}, 3),
        ({"policy": "curate", "thresholds": {"region.limit": 7}}, 7),
    ],
)
def test_curate_keeps_the_papers_number_of_regions_unless_the_request_names_one(
    request_: dict[str, object], regions: int
) -> None:
    assert choose_thresholds(DetectionRequest.model_validate(request_), {})["region.limit"] == regions


def test_equal_pixels_are_identical_and_another_size_is_not(photo: RGB) -> None:
    assert is_identical(PairWork(photo, photo.copy(), DetectionRequest()))
    assert not is_identical(PairWork(photo, photo[:100], DetectionRequest()))
    assert not is_identical(PairWork(photo, 255 - photo, DetectionRequest()))


def test_an_edited_capture_is_compared_pixel_by_pixel(photo: RGB, pasted: RGB) -> None:
    pair = prepare(PairWork(photo, pasted, DetectionRequest()), _nothing)

    assert pair.view.exact
    assert pair.view.sure2 is pair.view.raw2
    assert np.array_equal(pair.evidence.changed, (photo != pasted).any(2) & pair.evidence.changed)
    assert 0.01 < pair.coverage < 0.05


def test_a_darker_capture_is_brought_into_the_first_ones_light(photo: RGB, jpeg: Callable[[RGB, int], RGB]) -> None:
    darker = jpeg((photo * 0.7).astype(np.uint8), 90)
    pair = prepare(PairWork(photo, darker, DetectionRequest()), _nothing)

    assert pair.view.content is Content.PHOTO
    assert np.abs(pair.view.raw2.astype(int) - photo).mean() > 20
    assert np.abs(pair.view.image2.astype(int) - photo).mean() < 8


def test_without_alignment_image2_is_only_stretched(photo: RGB) -> None:
    work = PairWork(photo, photo[:256, ::-1], DetectionRequest(align=False))
    pair = prepare(work, _nothing)

    assert pair.transform.matrix[:2, :2].tolist() == [[1.0, 0.0], [0.0, 0.5]]
    assert pair.explain_comparison(None) == ()


def test_drawn_lines_are_not_resampled_for_less_than_a_pixel() -> None:
    drawing = np.full((200, 200, 3), 255, np.uint8)
    drawing[::20] = drawing[:, ::20] = 0
    assert find_transform(drawing, drawing, _nothing)[0].model == "identity"


def test_a_pair_that_lies_in_place_is_scored_as_it_lies(photo: RGB) -> None:
    built_over, drawn = photo.copy(), np.random.default_rng(1)
    for _ in range(150):
        x, y = drawn.integers(0, 470, 2)
        built_over[y : y + 40, x : x + 40] = drawn.integers(0, 256, 3)

    transform, _ = find_transform(photo, built_over, _nothing)

    assert transform.in_place
    assert transform.score == score_in_place(photo, built_over) < TRUSTED_SCORE


def test_a_crop_is_compared_pixel_by_pixel_where_it_comes_from(photo: RGB) -> None:
    pair = prepare(PairWork(photo, np.ascontiguousarray(photo[40:400, 60:450]), DetectionRequest()), _nothing)

    assert pair.view.exact
    assert pair.transform.matrix[:2, 2].tolist() == [-60, -40]
    assert not pair.evidence.changed.any()


def test_a_photo_is_compared_on_the_coarser_grid(photo: RGB) -> None:
    half = np.asarray(cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    pair = prepare(PairWork(photo, half, DetectionRequest()), _nothing)

    assert pair.view.image1.shape == half.shape
    assert pair.to_original((10, 10, 20, 30)) == (20, 20, 40, 60)


def test_a_view_of_a_drawing_keeps_its_colours(photo: RGB) -> None:
    flat = np.full((200, 200, 3), 200, np.uint8)
    view = make_view(flat, flat // 2, Transform(np.eye(3), "identity", 1.0), exact=False)
    assert view.image2 is view.raw2
