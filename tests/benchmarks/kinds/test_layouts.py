"""Pages and drawings whose layout, surface or format changes differ where their truth states it."""

import numpy as np
import pytest

from benchmarks.kinds.layouts import LAYOUTS
from benchmarks.kinds.truth import MadePair
from imgdiff.records import Box, Change
from imgdiff.whole_pair import PairChangeKind

_EXACT = ["page: menu", "page: row tinted", "page: paper by few levels", "seats taken", "map: route"]


def _make(kind: str, number: int = 0) -> MadePair:
    return LAYOUTS[kind](np.random.default_rng(number))


def _largest_step(pair: MadePair, box: Box) -> int:
    x1, y1, x2, y2 = box
    return int(np.abs(pair.image1.astype(int) - pair.image2)[y1:y2, x1:x2].max())


@pytest.mark.parametrize("kind", _EXACT)
@pytest.mark.parametrize("number", range(3))
def test_what_differs_lies_in_the_true_boxes_and_fills_them(kind: str, number: int) -> None:
    pair = _make(kind, number)
    differs = (pair.image1 != pair.image2).any(axis=2)

    for known in pair.changes:
        x1, y1, x2, y2 = known.box or (0, 0, 1, 1)
        inside = differs[y1:y2, x1:x2]
        assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
        differs[y1:y2, x1:x2] = False
    assert not differs.any()


@pytest.mark.parametrize("number", range(3))
def test_an_inserted_row_moves_the_rows_below_as_one_block(number: int) -> None:
    pair = _make("page: row inserted", number)
    new, moved = pair.changes
    x1, y1, x2, y2 = moved.box or (0, 0, 1, 1)
    left, top, right, bottom = moved.also_at or (0, 0, 1, 1)

    assert new.changes == {Change.ADDED}
    assert moved.changes == {Change.MOVED}
    assert (top - y1, bottom - y2) == (42, 42)
    assert np.array_equal(pair.image1[y1:y2, x1:x2], pair.image2[top:bottom, left:right])
    assert new.box is not None
    assert new.box[3] < top


def test_tints_and_papers_differ_by_few_levels() -> None:
    for number in range(5):
        for kind in ("page: row tinted", "page: paper by few levels"):
            pair = _make(kind, number)
            assert 0 < _largest_step(pair, pair.changes[0].box or (0, 0, 1, 1)) <= 25


def test_a_drawer_comes_or_goes_and_the_page_beside_it_is_dimmed() -> None:
    for number in range(4):
        pair = _make("page: drawer over dimmed page", number)
        (known,) = pair.changes
        plain, dimmed = (pair.image1, pair.image2) if known.changes == {Change.ADDED} else (pair.image2, pair.image1)

        assert np.abs(dimmed[:, :600] - plain[:, :600] * 0.6).max() <= 0.5
        assert dimmed[600, 900].min() == 255


def test_a_mirrored_page_is_mirrored() -> None:
    pair = _make("page: mirrored")

    assert np.array_equal(pair.image2[:, ::-1], pair.image1)
    assert pair.pair_changes == {PairChangeKind.MIRRORED}


def test_a_theme_with_a_digit_has_a_dark_paper_and_one_true_text() -> None:
    pair = _make("page: theme and digit")
    (known,) = pair.changes

    assert pair.image2[-1, -1].max() < 30
    assert known.text1 != known.text2
    assert len(known.text1 or "") == len(known.text2 or "")


@pytest.mark.parametrize("kind", ["page: webp", "text: digit, jpeg", "line art: hat added"])
def test_encoded_pairs_are_nearly_equal_outside_their_changes(kind: str) -> None:
    pair = _make(kind)
    differs = np.abs(pair.image1.astype(int) - pair.image2).max(axis=2) > 60
    for known in pair.changes:
        x1, y1, x2, y2 = known.box or (0, 0, 1, 1)
        assert differs[y1:y2, x1:x2].any()
        differs[max(0, y1 - 8) : y2 + 8, max(0, x1 - 8) : x2 + 8] = False

    assert differs.mean() < 0.005
