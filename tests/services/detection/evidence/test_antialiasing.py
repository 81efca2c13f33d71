"""Edges that were rendered otherwise are no change; what was drawn otherwise is."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.detection.evidence.antialiasing import find_antialiased
from services.detection.evidence.pixel_difference import collect_evidence
from services.detection.evidence.view import View
from services.detection.proposals.proposal import propose_pixels


def _disc(centre: tuple[float, float], radius: int = 20) -> RGB:
    image = np.full((96, 128, 3), 255, np.uint8)
    place = round(centre[0] * 16), round(centre[1] * 16)
    return np.asarray(cv2.circle(image, place, radius * 16, (40, 90, 200), -1, cv2.LINE_AA, 4), np.uint8)


def _regions(image1: RGB, image2: RGB) -> list[tuple[int, int, int, int]]:
    everywhere = np.ones(image1.shape[:2], bool)
    view = View(image1, image2, image2, image2, everywhere, Content.DRAWN, exact=True)
    proposals = propose_pixels(collect_evidence(view), view.content)
    return [one.box for one in proposals if one.confidence > 0.5]


def test_a_disc_rendered_a_fraction_of_a_pixel_further_is_the_same() -> None:
    one, two = _disc((60, 48)), _disc((60.3, 48))

    assert (one != two).any()
    assert _regions(one, two) == []


def test_its_slope_is_anti_aliasing_and_its_inside_is_not() -> None:
    one, two = _disc((60, 48)), _disc((60.3, 48))
    slope = find_antialiased(one, two, np.ones(one.shape[:2], bool))

    assert slope.sum() > 40
    assert not slope[40:56, 50:70].any()


def test_an_icon_that_moved_by_two_pixels_is_one_change() -> None:
    (box,) = _regions(_disc((60, 48), 6), _disc((62, 48), 6))

    assert box[0] <= 55
    assert box[2] >= 67


def test_one_pixel_from_white_to_black_is_a_change() -> None:
    white = np.full((40, 40, 3), 255, np.uint8)
    dotted = white.copy()
    dotted[20, 10] = 0

    assert _regions(white, dotted) == [(10, 20, 11, 21)]
