"""Drawings that were compressed: what differs is found, what the compression made is not."""

from collections.abc import Callable

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Verdict
from imgdiff.stages import Detection
from tests.services.detection.drawn.pages import page, pixels

Compress = Callable[[RGB, int], RGB]


def test_a_button_of_another_colour_is_found_in_a_jpeg(detect: Callable[..., Detection], jpeg: Compress) -> None:
    (box,) = _kept(detect(jpeg(pixels(page()), 80), jpeg(pixels(page(button="#f97316")), 80)))

    assert np.abs(np.array(box) - (200, 330, 340, 370)).max() <= 8


def test_a_page_compressed_twice_is_the_same(detect: Callable[..., Detection], jpeg: Compress) -> None:
    answer = detect(jpeg(pixels(page()), 90), jpeg(pixels(page()), 60))

    assert answer.verdict is Verdict.SAME


def test_a_digit_is_found_in_a_jpeg_and_not_the_text_around_it(
    detect: Callable[..., Detection], jpeg: Compress
) -> None:
    kept = _kept(detect(jpeg(pixels(page()), 85), jpeg(pixels(page(amount="17,500")), 85)))

    assert len(kept) == 1
    assert 500 <= kept[0][0] < kept[0][2] <= 560


def _kept(answer: Detection) -> list[Box]:
    return [region.place for region in answer.regions if region.kept]


def test_a_page_against_its_scan_is_the_same_and_another_amount_is_found_in_it(
    detect: Callable[..., Detection],
) -> None:
    clean = pixels(page())

    assert detect(clean, _scan(clean)).verdict is Verdict.SAME
    (box,) = _kept(detect(clean, _scan(pixels(page(amount="48,730")))))
    assert 500 <= box[0] < box[2] <= 560


def test_a_page_at_twice_the_scale_is_the_same_and_a_button_is_found_in_it(detect: Callable[..., Detection]) -> None:
    clean = pixels(page())

    assert detect(clean, _enlarge(clean)).verdict is Verdict.SAME
    (box,) = _kept(detect(clean, _enlarge(pixels(page(button="#f97316")))))
    assert np.abs(np.array(box) - (200, 330, 340, 370)).max() <= 4


def _scan(image: RGB) -> RGB:
    """Turned by a quarter of a degree, softer, on grey paper, with grain."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 0.25, 1)
    turned = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(turned, (0, 0), 0.6) * 0.9 + 12
    return np.clip(soft + np.random.default_rng(3).normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def _enlarge(image: RGB) -> RGB:
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
