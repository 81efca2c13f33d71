"""Frames are read from the matrix between them."""

import numpy as np
import pytest

from imgdiff.whole_pair import Lens
from services.detection.whole_pair.frames import Frames
from services.imaging.warp import Matrix, scaling


def _turn(degrees: float) -> Matrix:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)


@pytest.mark.parametrize("degrees", [0, 30, 90, -120])
def test_a_turn_has_its_degrees_clockwise(degrees: float) -> None:
    frames = Frames((100, 100), (100, 100), _turn(degrees))

    assert frames.degrees == pytest.approx(degrees)
    assert not frames.mirrored


def test_a_mirror_image_is_no_turn() -> None:
    frames = Frames((100, 50), (100, 50), np.array([[-1, 0, 99], [0, 1, 0], [0, 0, 1]], np.float64))

    assert (frames.mirrored, frames.degrees, frames.shared) == (True, pytest.approx(0), (1, 1))


def test_scale_and_shared_parts_are_those_of_a_crop_at_twice_the_size() -> None:
    matrix = np.array([[1, 0, -50], [0, 1, 0], [0, 0, 1]], np.float64)
    frames = Frames((100, 100), (100, 200), scaling(2, 2) @ matrix)

    assert frames.scale == pytest.approx((2, 2))
    assert frames.shared == pytest.approx((0.5, 1), abs=0.02)


def test_a_lens_that_pulls_the_corners_in_shows_more_than_the_other_image() -> None:
    barrel = Lens(centre=(49.5, 49.5), radius=70.0, terms=(-0.1, 0.0))
    shared1, shared2 = Frames((100, 100), (100, 100), np.eye(3), barrel).shared

    assert shared1 == 1
    assert 0.85 < shared2 < 0.95


def test_a_perspective_is_not_straight() -> None:
    tilted = np.array([[1, 0, 0], [0, 1, 0], [0.001, 0, 1]], np.float64)

    assert Frames((100, 100), (100, 100), np.eye(3)).straight
    assert not Frames((100, 100), (100, 100), tilted).straight
