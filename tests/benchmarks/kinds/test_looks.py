"""Photos in another look, and slices of a scanner: what is added is where it is stated."""

import numpy as np
import pytest
from skimage import data

from benchmarks.kinds.looks import LOOKS
from benchmarks.kinds.truth import MadePair
from imgdiff.records import Change, Verdict

_BALLS = [kind for kind in LOOKS if kind.endswith(", ball")]


def _make(kind: str, number: int = 0) -> MadePair:
    return LOOKS[kind](np.asarray(data.chelsea(), np.uint8), np.random.default_rng(number))


@pytest.mark.parametrize("kind", LOOKS)
def test_a_seed_gives_one_pair_under_its_own_name_that_differs(kind: str) -> None:
    one, again = _make(kind), _make(kind)

    assert one.kind == kind
    assert np.array_equal(one.image2, again.image2)
    assert one.image1.shape == one.image2.shape
    assert one.image1.dtype == one.image2.dtype == np.uint8
    assert (one.image1 != one.image2).any()


@pytest.mark.parametrize("kind", _BALLS)
def test_a_ball_is_added_inside_the_photo(kind: str) -> None:
    pair = _make(kind)
    (known,) = pair.changes
    height, width = pair.image1.shape[:2]
    x1, y1, x2, y2 = known.box or (0, 0, 0, 0)

    assert known.changes == {Change.ADDED}
    assert 0 < x1 < x2 < width
    assert 0 < y1 < y2 < height
    assert pair.verdicts == {Verdict.DIFFERENT}


def test_a_look_alone_has_no_change() -> None:
    alone = [kind for kind in LOOKS if kind not in {*_BALLS, "slices: spot"}]

    assert all(not _make(kind).changes for kind in alone)


def test_a_spot_is_brighter_than_the_grain_in_its_box_alone() -> None:
    pair = _make("slices: spot")
    x1, y1, x2, y2 = pair.changes[0].box or (0, 0, 1, 1)
    step = pair.image2.astype(int)[..., 0] - pair.image1.astype(int)[..., 0]

    assert np.median(step[y1 + 6 : y2 - 6, x1 + 6 : x2 - 6]) >= 10
    assert abs(np.median(step[:, :x1])) <= 1
