"""Drawn pairs differ in their true places and nowhere else."""

import numpy as np
import pytest

from benchmarks.kinds.drawn import DRAWN
from benchmarks.kinds.layouts import LAYOUTS
from benchmarks.kinds.truth import MadePair
from imgdiff.records import Box

_EXACT = [kind for kind in DRAWN if not kind.startswith(("scan", "board")) and kind not in LAYOUTS]
_EVERYWHERE = {"page: jpeg", "page: scaled 2x", "page: theme", "page: dialog over dimmed page", "page: grew"}


def _make(kind: str, number: int = 0) -> MadePair:
    return DRAWN[kind](np.random.default_rng(number))


def _places(pair: MadePair) -> list[Box]:
    return [box for known in pair.changes for box in (known.box, known.also_at) if box is not None]


@pytest.mark.parametrize("kind", DRAWN)
def test_a_seed_gives_one_pair_under_its_own_name(kind: str) -> None:
    one, again = _make(kind), _make(kind)

    assert one.kind == kind
    assert np.array_equal(one.image1, again.image1)
    assert np.array_equal(one.image2, again.image2)
    assert one.changes == again.changes


@pytest.mark.parametrize("kind", [kind for kind in _EXACT if kind not in _EVERYWHERE])
@pytest.mark.parametrize("number", range(3))
def test_every_true_box_bounds_pixels_that_differ_and_no_others_do(kind: str, number: int) -> None:
    pair = _make(kind, number)
    differs = (pair.image1 != pair.image2).any(axis=2)

    assert pair.changes
    for x1, y1, x2, y2 in _places(pair):
        inside = differs[y1:y2, x1:x2]
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()
    for x1, y1, x2, y2 in _places(pair):
        differs[y1:y2, x1:x2] = False
    assert not differs.any()


def test_texts_are_those_of_the_images() -> None:
    for number in range(10):
        (known,) = _make("text: digit", number).changes

        assert known.text1 != known.text2
        assert known.text1 is not None
        assert known.text2 is not None
        assert len(known.text1) == len(known.text2)
        assert sum(a != b for a, b in zip(known.text1, known.text2, strict=True)) == 1


def test_a_page_that_grew_keeps_its_pixels_and_adds_below() -> None:
    pair = _make("page: grew")
    (known,) = pair.changes

    assert np.array_equal(pair.image2[:640], pair.image1)
    assert known.box is None
    assert known.box2 == (0, 640, 960, 780)


def test_a_dimmed_page_is_dimmed_outside_the_dialog_alone() -> None:
    pair = _make("page: dialog over dimmed page")
    x1, y1, x2, y2 = pair.changes[0].box or (0, 0, 1, 1)
    outside = np.ones(pair.image1.shape[:2], bool)
    outside[y1:y2, x1:x2] = False

    assert np.abs(pair.image2[outside] - pair.image1[outside] * 0.5).max() <= 0.5
    assert pair.image2[y1 + 5, x1 + 5].min() == 255


def test_every_swatch_changes_on_its_own() -> None:
    assert len(_make("swatches recoloured").changes) == 28
