"""Registered images are known by where their edges point, whatever became of their levels."""

import cv2
import numpy as np
from skimage import data

from imgdiff.images import RGB
from services.detection.registration.in_place import is_in_place


def test_a_negative_is_in_place(photo: RGB) -> None:
    assert is_in_place(photo, 255 - photo)


def test_a_photo_most_of_which_is_built_over_is_in_place(photo: RGB) -> None:
    drawn = np.random.default_rng(1)
    changed = photo.copy()
    for _ in range(90):
        x, y = drawn.integers(0, 470, 2)
        changed[y : y + 40, x : x + 40] = drawn.integers(0, 256, 3)

    assert is_in_place(photo, changed)


def test_a_photo_that_moved_or_shows_something_else_is_not(photo: RGB) -> None:
    other = np.asarray(cv2.resize(data.chelsea(), (512, 512)), np.uint8)

    assert not is_in_place(photo, np.roll(photo, (60, 40), (0, 1)))
    assert not is_in_place(photo, other)
    assert not is_in_place(photo, np.full_like(photo, 90))
