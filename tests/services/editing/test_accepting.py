"""What changed outside an edit is measured, and told as reasons."""

import numpy as np
import pytest
from skimage import data

from imgdiff.images import RGB
from services.editing.accepting import elsewhere_unchanged, outside_perceptual, outside_psnr
from services.embedded.perceptual import Lpips


@pytest.fixture(scope="module")
def lpips() -> Lpips:
    return Lpips(threads=2)


@pytest.fixture(scope="module")
def photo() -> RGB:
    return np.asarray(data.chelsea(), np.uint8)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def mask(photo: RGB) -> np.ndarray:
    inside = np.zeros(photo.shape[:2], np.bool_)
    inside[40:200, 60:260] = True
    return inside


def test_an_edit_inside_the_mask_leaves_the_rest_untouched(photo: RGB, mask: np.ndarray, lpips: Lpips) -> None:
    after = np.where(mask[..., None], 255 - photo, photo)

    assert outside_psnr(photo, after, mask) == 99
    assert outside_perceptual(photo, after, mask, lpips) == 0
    assert elsewhere_unchanged(99, 0.0) == ()


def test_noise_is_let_through_and_another_picture_is_not(photo: RGB, mask: np.ndarray, lpips: Lpips) -> None:
    noise = np.random.default_rng(0).integers(-2, 3, photo.shape)
    noisy = np.clip(photo + noise, 0, 255).astype(np.uint8)
    mirrored = np.ascontiguousarray(photo[:, ::-1])

    assert outside_psnr(photo, noisy, mask) > 40
    assert elsewhere_unchanged(outside_psnr(photo, noisy, mask), outside_perceptual(photo, noisy, mask, lpips)) == ()
    values = outside_psnr(photo, mirrored, mask), outside_perceptual(photo, mirrored, mask, lpips)
    assert [reason.code for reason in elsewhere_unchanged(*values)] == [
        "edit.outside_changed", "edit.outside_perceptual",
    ]  # fmt: skip


def test_nothing_outside_and_nothing_measured_speak_against_nothing(photo: RGB) -> None:
    everything = np.ones(photo.shape[:2], np.bool_)

    assert outside_psnr(photo, 255 - photo, everything) == 99
    assert elsewhere_unchanged(None, None) == ()


def test_small_pictures_can_be_compared(lpips: Lpips) -> None:
    small = np.zeros((20, 30, 3), np.uint8)

    assert outside_perceptual(small, small + 90, np.zeros((20, 30), np.bool_), lpips) > 0
