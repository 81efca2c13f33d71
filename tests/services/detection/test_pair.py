"""A pair is compared at a bounded size and reported in the pixels it was sent in."""

from dataclasses import replace

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.stages import Content, DetectionRequest
from imgdiff.whole_pair import Lens, PairChange, PairChangeKind
from services.detection.evidence.view import PixelEvidence, View
from services.detection.pair import Pair, shrink
from services.detection.registration.transform import Transform
from services.detection.schema import PairWork
from services.detection.whole_pair.statements import Statements

WEATHER = PairChange(kind=PairChangeKind.WEATHER, harmless=True, text="The light or the weather differs.")


def _pair(image1: RGB, image2: RGB, transform: Transform, *, exact: bool = False) -> Pair:
    small1, small2 = shrink(image1, image2)
    shape = small1.shape[:2]
    view = View(small1, small1, small1, small1, np.ones(shape, bool), Content.PHOTO, exact)
    evidence = PixelEvidence(np.zeros(shape, np.float32), 1.0, 0)
    return Pair(PairWork(image1, image2, DetectionRequest()), view, small2, transform, evidence)


def test_a_large_image_is_shrunk_to_three_megapixels_and_a_small_one_is_not() -> None:
    small = np.zeros((30, 40, 3), np.uint8)
    large, other = shrink(np.zeros((3000, 4000, 3), np.uint8), small)

    assert large.shape == (1500, 2000, 3)
    assert other is small


def test_a_page_that_grew_is_shrunk_by_the_factor_of_the_other() -> None:
    grown, page = shrink(np.zeros((3000, 2000, 3), np.uint8), np.zeros((2000, 2000, 3), np.uint8))

    assert grown.shape[1] == page.shape[1]


def test_boxes_and_the_transform_are_reported_in_the_images_own_pixels() -> None:
    large, half = np.zeros((3000, 4000, 3), np.uint8), np.zeros((1500, 2000, 3), np.uint8)
    pair = _pair(large, half, Transform(np.eye(3), "identity", 0.9))
    alignment = pair.alignment

    assert pair.to_original((100, 200, 300, 400)) == (200, 400, 600, 800)
    assert alignment.matrix[0][0] == pytest.approx(0.5)
    assert alignment.model == "affine"
    assert not alignment.applied


def test_boxes_in_image2_lie_where_its_lens_shows_them() -> None:
    large, half = np.zeros((3000, 4000, 3), np.uint8), np.zeros((1500, 2000, 3), np.uint8)
    lens = Lens(centre=(999.5, 749.5), radius=1250.0, terms=(-0.1, 0.0))
    pair = _pair(large, half, Transform(np.eye(3), "lens", 1.0, lens=lens))

    assert pair.alignment.lens == lens
    assert pair.to_image2((0, 0, 4000, 3000)) == (64, 27, 1936, 1473)
    assert pair.to_image2((1900, 1400, 2100, 1600)) == (950, 700, 1050, 800)


@pytest.mark.parametrize(
    ("score", "exact", "codes"), [(0.1, False, ["alignment.not_found"]), (0.1, True, []), (0.9, False, [])]
)
def test_an_alignment_that_was_not_found_is_reported(score: float, exact: bool, codes: list[str]) -> None:
    image = np.zeros((30, 40, 3), np.uint8)
    pair = _pair(image, image, Transform(np.eye(3), "identity", score), exact=exact)
    assert [reason.code for reason in pair.explain_comparison(0.9)] == codes


def test_two_scenes_that_look_alike_as_a_whole_are_not_called_unrelated() -> None:
    image = np.zeros((30, 40, 3), np.uint8)
    pair = _pair(image, image, Transform(np.eye(3), "identity", 0.1))

    assert pair.explain_comparison(0.2, matching_cost=0.9)[0].code == "pair.unrelated"
    assert pair.explain_comparison(0.7, matching_cost=0.9)[0].code == "pair.undetermined"


def test_a_part_outside_and_other_light_are_reported() -> None:
    image = np.zeros((30, 40, 3), np.uint8)
    pair = _pair(image, image, Transform(np.eye(3), "identity", 0.9))
    seen = replace(pair, statements=Statements((WEATHER,), 0.8))

    assert [reason.code for reason in seen.explain_comparison(0.9)] == ["alignment.partial", "pair.other_light"]


def test_light_that_leaves_more_than_a_faint_edit_keeps_same_from_being_said() -> None:
    image = np.zeros((30, 40, 3), np.uint8)
    pair = _pair(image, image, Transform(np.eye(3), "identity", 0.9))

    assert pair.explain_comparison(0.9, light=1.0) == ()
    assert [reason.code for reason in pair.explain_comparison(0.9, light=4.0)] == ["pair.other_light"]
