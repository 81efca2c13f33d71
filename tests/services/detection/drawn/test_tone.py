"""What is stated of a page whose colours all changed."""

from collections.abc import Callable

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Detection
from imgdiff.whole_pair import PairChangeKind
from tests.services.detection.drawn.pages import page, pixels


def test_a_dimmed_page_is_darker_and_another_theme_has_other_colours(detect: Callable[..., Detection]) -> None:
    light = pixels(page())
    dimmed = (light * 0.5).astype(np.uint8)

    assert _state(detect(light, dimmed)) == [PairChangeKind.BRIGHTNESS]
    assert _state(detect(light, _make_dark(light))) == [PairChangeKind.COLOURS]


def test_a_button_of_another_colour_says_nothing_of_the_page(detect: Callable[..., Detection]) -> None:
    assert detect(pixels(page()), pixels(page(button="#f97316"))).pair_changes == ()


def _state(answer: Detection) -> list[PairChangeKind]:
    assert answer.verdict is Verdict.DIFFERENT
    assert not any(region.kept for region in answer.regions)
    return [change.kind for change in answer.pair_changes]


def _make_dark(light: RGB) -> RGB:
    table = {(248, 249, 250): (15, 23, 42), (31, 36, 48): (226, 232, 240), (69, 103, 137): (148, 163, 184)}
    table |= {(32, 48, 74): (2, 6, 23), (37, 99, 235): (96, 165, 250)}
    dark = light.copy()
    for old, new in table.items():
        dark[(light == old).all(2)] = new
    return dark
