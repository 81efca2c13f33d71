"""Small changes stand out against the pair's own noise; a second capture does not."""

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.blobs import from_noise, gathered, noise_scores


def _everywhere(image: RGB) -> np.ndarray:
    return np.ones(image.shape[:2], bool)


def _grain(image: RGB, sigma: float) -> RGB:
    noise = np.random.default_rng(1).normal(0, sigma, image.shape)
    return np.rint((image + noise).clip(0, 255)).astype(np.uint8)


def test_sixteen_pixels_are_found_amid_grain(photo: RGB) -> None:
    edited = photo.copy()
    edited[100:116, 400:416] = 255 - edited[100:116, 400:416]
    (found,) = from_noise(noise_scores(photo, _grain(edited, 6), _everywhere(photo)), 0.0)
    assert all(abs(one - two) <= 2 for one, two in zip(found.box, (400, 100, 416, 116), strict=True))


@pytest.mark.parametrize("sigma", [2, 6, 12])
def test_grain_alone_is_no_change(photo: RGB, sigma: float) -> None:
    assert from_noise(noise_scores(photo, _grain(photo, sigma), _everywhere(photo)), 0.0) == []


def test_a_large_smooth_change_in_a_busy_picture_does_not_pass_for_its_noise() -> None:
    """A smooth patch can fill most of what is smooth in a picture; the noise of the busy rest bounds its own."""
    busy = np.random.default_rng(2).integers(0, 256, (240, 320, 3)).astype(np.uint8)
    busy = np.asarray(cv2.GaussianBlur(busy, (0, 0), 1.5), np.uint8)
    patched = busy.copy()
    cv2.ellipse(patched, (160, 120), (50, 60), 0, 0, 360, (250, 240, 245), -1)
    found = from_noise(noise_scores(busy, _grain(patched, 2), _everywhere(busy)), 0.0)
    assert max(one.pixels for one in found) > 5000


def test_what_lies_outside_the_other_image_says_nothing(photo: RGB) -> None:
    black = photo.copy()
    black[:, :64] = 0
    valid = _everywhere(photo)
    valid[:, :64] = False
    noise = noise_scores(photo, black, valid)
    assert noise.score[:, :60].max() == 0
    assert from_noise(noise, 0.0) == []


def test_light_that_is_not_understood_raises_the_bar(photo: RGB) -> None:
    faint = photo.copy()
    faint[100:110, 400:410] = np.clip(faint[100:110, 400:410].astype(int) + 60, 0, 255)
    noise = noise_scores(photo, _grain(faint, 4), _everywhere(photo))
    assert gathered(noise).max() < 5
    assert len(from_noise(noise, 0.0)) >= len(from_noise(noise, 1.5))
    assert from_noise(noise, 5.0) == []


def test_nothing_valid_is_no_evidence(photo: RGB) -> None:
    assert from_noise(noise_scores(photo, 255 - photo, np.zeros(photo.shape[:2], bool)), 0.0) == []
