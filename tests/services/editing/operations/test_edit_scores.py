"""What changed outside an edit is measured."""

import numpy as np
import pytest
from skimage import data

from imgdiff.images import RGB
from services.editing.operations.edit_scores import outside_perceptual, outside_psnr, score_edit
from services.networks.perceptual import Lpips


@pytest.fixture(scope="module")
def lpips() -> Lpips:
    return Lpips(threads=1)


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

    scores = score_edit((photo, after), mask, before=0.0, after=0.7)

    assert (scores.before, scores.after, scores.outside_psnr, scores.outside_perceptual) == (0.0, 0.7, 99.0, 0.0)
    assert outside_perceptual(photo, after, mask, lpips) == 0


def test_noise_scores_low_and_another_picture_high(photo: RGB, mask: np.ndarray, lpips: Lpips) -> None:
    noise = np.random.default_rng(0).integers(-2, 3, photo.shape)
    noisy = np.clip(photo + noise, 0, 255).astype(np.uint8)
    mirrored = np.ascontiguousarray(photo[:, ::-1])

    low, high = (score_edit((photo, other), mask, None, None, lpips) for other in (noisy, mirrored))
    assert low.outside_psnr is not None
    assert low.outside_psnr > 40
    assert low.outside_perceptual is not None
    assert low.outside_perceptual < 0.05
    assert high.outside_psnr is not None
    assert high.outside_psnr < 20
    assert high.outside_perceptual is not None
    assert high.outside_perceptual > 0.3
    assert score_edit((photo, noisy), mask, None, None).outside_perceptual is None


def test_an_edit_of_everything_has_no_outside(photo: RGB) -> None:
    everything = np.ones(photo.shape[:2], np.bool_)

    assert outside_psnr(photo, 255 - photo, everything) == 99


def test_small_pictures_can_be_compared(lpips: Lpips) -> None:
    small = np.zeros((20, 30, 3), np.uint8)

    assert outside_perceptual(small, small + 90, np.zeros((20, 30), np.bool_), lpips) > 0
