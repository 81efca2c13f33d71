"""Masks come back from their run lengths as they went in, and broken ones are refused."""

import numpy as np
import pytest

from imgdiff.records import Mask
from services.imaging.masks import decoded, encoded


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (40, 33), (480, 640)])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999, 1.0])
def test_a_mask_survives_its_run_lengths(shape: tuple[int, int], share: float) -> None:
    mask = np.random.default_rng(3).random(shape) < share

    packed = encoded(mask)

    assert packed.size == shape
    assert np.array_equal(decoded(packed), mask)


def test_the_run_lengths_are_cocos() -> None:
    assert encoded(np.eye(5, dtype=np.bool_)) == Mask(size=(5, 5), counts="0150000000")


@pytest.mark.parametrize("counts", ["", "0", "P", "o0o0", "PPPP", "\xff", "01500000000", "0150000000\n", "015000000é"])
def test_broken_run_lengths_are_refused(counts: str) -> None:
    with pytest.raises(ValueError, match="run lengths"):
        decoded(Mask(size=(5, 5), counts=counts))


@pytest.mark.parametrize("size", [(0, 5), (-5, -5), (10**9, 10**9)])
def test_sizes_that_the_run_lengths_do_not_fill_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not cover"):
        decoded(Mask(size=size, counts="0150000000"))
