"""What is stated of a page that was captured again."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Detection
from imgdiff.whole_pair import PairChangeKind
from tests.services.detection.drawn.pages import page, pixels

Detect = Callable[..., Detection]


@pytest.mark.parametrize("quality", [90, 75, 60, 40])
def test_a_compressed_copy_is_the_same_and_recompressed(
    detect: Detect, jpeg: Callable[[RGB, int], RGB], quality: int
) -> None:
    drawn, compressed = pixels(page()), jpeg(pixels(page()), quality)
    for images, said in (((drawn, compressed), "harder"), ((compressed, drawn), "less")):
        answer = detect(*images)

        assert answer.verdict is Verdict.SAME
        assert [change.kind for change in answer.pair_changes] == [PairChangeKind.RECOMPRESSED]
        assert answer.pair_changes[0].text == f"Image 2 is compressed {said} than image 1."


def test_hard_compression_of_a_dark_page_is_no_cast(detect: Detect, jpeg: Callable[[RGB, int], RGB]) -> None:
    dark = pixels(page("#111827"))
    answer = detect(dark, jpeg(dark, 40))

    assert answer.verdict is Verdict.SAME
    assert [change.kind for change in answer.pair_changes] == [PairChangeKind.RECOMPRESSED]


def test_grain_is_not_called_compression(detect: Detect) -> None:
    noise = np.random.default_rng(5)
    one, two = ((pixels(page()) + noise.normal(0, 2, (400, 640, 3))).clip(0, 255).astype(np.uint8) for _ in range(2))

    assert PairChangeKind.RECOMPRESSED not in [change.kind for change in detect(one, two).pair_changes]


def test_a_blur_that_hides_small_text_makes_a_page_different(detect: Detect) -> None:
    answer = detect(pixels(page()), np.asarray(cv2.GaussianBlur(pixels(page()), (0, 0), 2.4), np.uint8))

    assert answer.verdict is Verdict.DIFFERENT
    assert [change.kind for change in answer.pair_changes] == [PairChangeKind.BLURRED]
    assert not any(region.kept for region in answer.regions)


def test_a_darker_copy_that_was_compressed_is_different(detect: Detect, jpeg: Callable[[RGB, int], RGB]) -> None:
    darker = (pixels(page()) * 0.5).astype(np.uint8)
    answer = detect(jpeg(pixels(page()), 85), jpeg(darker, 85))

    assert answer.verdict is Verdict.DIFFERENT
    assert PairChangeKind.BRIGHTNESS in [change.kind for change in answer.pair_changes]
