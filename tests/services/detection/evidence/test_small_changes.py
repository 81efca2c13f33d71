"""A few faint pixels stand out where they gather."""

import numpy as np

from services.detection.evidence.noise import Noise
from services.detection.evidence.small_changes import find_small_changes


def _noise(score: np.ndarray) -> Noise:
    return Noise(score.astype(np.float32), np.zeros_like(score, np.float32))


def _quiet() -> np.ndarray:
    return np.abs(np.random.default_rng(1).normal(0, 0.8, (120, 160)))


def test_a_patch_of_sure_pixels_is_boxed() -> None:
    score = _quiet()
    score[40:52, 60:74] = 5.0

    (box,) = find_small_changes(_noise(score), 0.0)

    assert np.abs(np.subtract(box, (60, 40, 74, 52))).max() <= 2


def test_noise_alone_and_single_pixels_are_no_change() -> None:
    score = _quiet()
    score[::30, ::30] = 6.0
    assert find_small_changes(_noise(score), 0.0) == []


def test_light_that_is_not_understood_raises_the_bar() -> None:
    score = _quiet()
    score[40:52, 60:74] = 5.0
    assert find_small_changes(_noise(score), 2.0) == []
