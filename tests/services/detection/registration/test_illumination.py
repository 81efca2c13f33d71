"""Light is explained by the simplest model that does, and content is not explained away."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.registration.illumination import fill_clipped, measure_unexplained, relight

UNDERSTOOD = 1.5  # grey levels of `measure_unexplained`; JPEG 60 leaves 1.3


def _graded(image: RGB, gamma: float, gain: float) -> RGB:
    return np.rint(((image / 255) ** gamma * 255 * gain).clip(0, 255)).astype(np.uint8)


def _sloped(image: RGB) -> RGB:
    slope = np.linspace(0.6, 1.2, image.shape[1])[None, :, None] * np.array([1.05, 1.0, 0.9])
    return np.rint((image * slope).clip(0, 255)).astype(np.uint8)


def _everywhere(image: RGB) -> np.ndarray:
    return np.ones(image.shape[:2], bool)


@pytest.mark.parametrize("gamma", [0.75, 1.3])
def test_another_gamma_is_understood(photo: RGB, gamma: float) -> None:
    other = _graded(photo, gamma, 1.0)
    lit = relight(photo, other, _everywhere(photo), rich=True)
    assert measure_unexplained(photo, other, _everywhere(photo)) > 8
    assert measure_unexplained(photo, fill_clipped(photo, other, lit), _everywhere(photo)) < UNDERSTOOD


def test_a_slope_of_light_is_understood(photo: RGB) -> None:
    other = _sloped(photo)
    lit = relight(photo, other, _everywhere(photo), rich=True)
    assert measure_unexplained(photo, fill_clipped(photo, other, lit), _everywhere(photo)) < 2 * UNDERSTOOD


def test_the_same_light_is_left_alone(photo: RGB) -> None:
    grain = np.random.default_rng(3).normal(0, 4, photo.shape)
    other = np.rint((photo + grain).clip(0, 255)).astype(np.uint8)
    assert np.array_equal(relight(photo, other, _everywhere(photo), rich=True), other)


def test_an_object_is_not_taken_for_light(photo: RGB, cat: RGB) -> None:
    other = photo.copy()
    other[300:396, 40:136] = cat
    lit = relight(photo, _graded(other, 0.8, 1.0), _everywhere(photo), rich=True)
    before = np.abs(photo[300:396, 40:136].astype(int) - cat).mean()
    after = np.abs(photo[300:396, 40:136].astype(int) - lit[300:396, 40:136]).mean()
    assert after > 0.8 * before


def test_nothing_valid_changes_nothing(photo: RGB) -> None:
    other = _graded(photo, 0.7, 1.0)
    assert np.array_equal(relight(photo, other, np.zeros(photo.shape[:2], bool), rich=True), other)
