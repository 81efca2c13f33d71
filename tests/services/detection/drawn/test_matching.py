"""How one capture of a page is brought to the quality of another."""

from collections.abc import Callable

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.drawn.matching import Treatment, match_quality
from tests.services.detection.drawn.pages import page, pixels


def test_a_compressed_copy_is_matched_by_compression(jpeg: Callable[[RGB, int], RGB]) -> None:
    clean = pixels(page())

    assert 35 <= _match(clean, jpeg(clean, 50)).quality <= 65
    assert (_match(clean, jpeg(clean, 50)).image, _match(jpeg(clean, 50), clean).image) == (1, 2)


def test_a_scan_is_matched_by_its_blur_and_the_tone_of_its_paper() -> None:
    clean = pixels(page())
    scan = np.rint(cv2.GaussianBlur(clean, (0, 0), 0.8) * 0.85 + 20).astype(np.uint8)
    treatment = _match(clean, scan)

    assert 0.5 <= treatment.blur <= 1.1
    assert np.abs(treatment.apply(clean).astype(int) - scan).max() <= 24


def test_burnt_out_paper_does_not_bend_the_tone() -> None:
    clean = pixels(page())
    scan = np.clip(clean * 0.9 + 40.0, 0, 255).astype(np.uint8)

    assert np.abs(_match(clean, scan).apply(clean).astype(int) - scan).max() <= 10


def test_a_button_of_another_colour_is_no_tone() -> None:
    assert _match(pixels(page()), pixels(page(button="#f97316"))).shift == 0


def _match(image1: RGB, image2: RGB) -> Treatment:
    return match_quality(image1, image2, np.ones(image1.shape[:2], bool))
