"""Differences are counted in the pair's own noise: an edit stands out against it, a second capture does not."""

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.evidence.noise import measure_noise


def _everywhere(image: RGB) -> np.ndarray:
    return np.ones(image.shape[:2], bool)


def _grain(image: RGB, sigma: float) -> RGB:
    noise = np.random.default_rng(1).normal(0, sigma, image.shape)
    return np.rint((image + noise).clip(0, 255)).astype(np.uint8)


def test_sixteen_pixels_stand_out_amid_grain(photo: RGB) -> None:
    edited = photo.copy()
    edited[100:116, 400:416] = 255 - edited[100:116, 400:416]
    score = measure_noise(photo, _grain(edited, 6), _everywhere(photo)).score

    assert np.median(score[102:114, 402:414]) > 4
    assert np.quantile(score[200:, :300], 0.99) < 4


@pytest.mark.parametrize("sigma", [2, 6, 12])
def test_grain_is_one_sigma_whatever_its_strength(photo: RGB, sigma: float) -> None:
    score = measure_noise(photo, _grain(photo, sigma), _everywhere(photo)).score

    assert 0.3 < np.median(score) < 1.2


def test_a_large_smooth_change_in_a_busy_picture_does_not_pass_for_its_noise() -> None:
    """A smooth patch can fill most of what is smooth in a picture; the noise of the busy rest bounds its own."""
    busy = np.random.default_rng(2).integers(0, 256, (240, 320, 3)).astype(np.uint8)
    busy = np.asarray(cv2.GaussianBlur(busy, (0, 0), 1.5), np.uint8)
    patched = busy.copy()
    cv2.ellipse(patched, (160, 120), (50, 60), 0, 0, 360, (250, 240, 245), -1)
    score = measure_noise(busy, _grain(patched, 2), _everywhere(busy)).score

    assert (score[80:160, 130:190] > 3).mean() > 0.9


def test_what_lies_outside_the_other_image_says_nothing(photo: RGB) -> None:
    black = photo.copy()
    black[:, :64] = 0
    valid = _everywhere(photo)
    valid[:, :64] = False

    assert measure_noise(photo, black, valid).score[:, :60].max() == 0


def test_nothing_valid_is_no_evidence(photo: RGB) -> None:
    assert measure_noise(photo, 255 - photo, np.zeros(photo.shape[:2], bool)).score.max() == 0
