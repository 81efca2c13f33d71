"""Drawings that were compressed: what differs is found, what the compression made is not."""

from collections.abc import Callable

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
