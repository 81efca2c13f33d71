"""Where a generated pair differs."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.editing.generation.changes import find_change


@pytest.fixture
def picture() -> RGB:
    return np.random.default_rng(0).integers(40, 200, (96, 128, 3), np.uint8)


def test_the_largest_strong_change_is_the_place(picture: RGB) -> None:
    other = (picture + 5).astype(np.uint8)  # all of it drifts
    other[20:60, 30:80] = 255
    other[80:88, 110:118] = 255
    place = find_change(picture, other)

    assert place is not None
    assert place[40, 55]
    assert not place[84, 114]
    assert place[20:60, 30:80].mean() > 0.7
    assert place.sum() < 1.3 * 40 * 50


def test_equal_and_nearly_equal_pictures_have_no_place(picture: RGB) -> None:
    assert find_change(picture, picture) is None
    assert find_change(picture, picture + 7) is None
