"""Nuisances keep size and type, and change a picture less than an edit does."""

import numpy as np
import pytest
from skimage import data

from training.nuisances import NUISANCES, jpeg, move

PHOTO = np.asarray(data.coffee(), np.uint8)


@pytest.mark.parametrize("name", NUISANCES)
def test_size_and_type_are_kept(name: str) -> None:
    captured = NUISANCES[name](PHOTO)

    assert (captured.shape, captured.dtype) == (PHOTO.shape, np.uint8)
    assert np.array_equal(captured, PHOTO) == (name == "none")


def test_a_move_by_whole_pixels_moves_the_pixels() -> None:
    assert np.array_equal(move(3, 2)(PHOTO)[2:, 3:], PHOTO[:-2, :-3])


def test_lower_quality_loses_more() -> None:
    low, high = (np.abs(jpeg(quality)(PHOTO).astype(int) - PHOTO).mean() for quality in (40, 95))

    assert high < low
