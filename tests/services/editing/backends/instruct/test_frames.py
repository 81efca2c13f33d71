"""A photo enters the network's frame and leaves it where it was."""

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.registration import phase_cross_correlation

from imgdiff.images import RGB
from services.editing.backends.instruct.frames import Frame, pad_or_shrink, stretch
from services.imaging.resizing import resize

SIZES = [(64, 64), (427, 641), (641, 427), (97, 768), (1023, 1025), (1365, 2048), (2049, 1031), (3000, 400)]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_frames_have_whole_tokens_and_at_most_the_allowed_pixels(height: int, width: int) -> None:
    padded = pad_or_shrink(height, width, multiple=16, most=1024 * 1024)
    stretched = stretch(height, width, multiple=32, pixels=1024 * 1024)

    assert all(side % 16 == 0 for side in padded.outer)
    assert all(side % 32 == 0 for side in stretched.outer)
    assert np.prod(padded.inner) <= 1024 * 1024
    assert padded.inner == (height, width) or height * width > 1024 * 1024
    assert abs(np.prod(stretched.outer) / 1024**2 - 1) < 0.1
    for frame in (padded, stretched):  # about the photo's shape
        assert frame.inner[0] / frame.inner[1] == pytest.approx(height / width, rel=0.1)


@pytest.mark.parametrize("frame", [pad_or_shrink(427, 641, multiple=16, most=1024**2), Frame(*((64, 64),) * 3)])
def test_a_photo_that_fits_comes_back_as_it_was(frame: Frame) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (*frame.photo, 3), np.uint8)
    entered = frame.enter(photo)

    assert entered.shape[:2] == frame.outer
    assert np.array_equal(frame.leave(entered), photo)


def _astronaut(height: int, width: int) -> RGB:
    photo = np.asarray(data.astronaut())  # type: ignore[no-untyped-call]
    return cv2.GaussianBlur(resize(photo, height, width), (0, 0), 2.0)


@pytest.mark.parametrize(("height", "width"), [(427, 641), (641, 427), (1201, 1403), (333, 1500)])
def test_an_edit_that_changes_nothing_is_aligned(height: int, width: int) -> None:
    photo = _astronaut(height, width)
    for frame in (
        pad_or_shrink(height, width, multiple=16, most=500 * 500),
        stretch(height, width, multiple=32, pixels=512 * 512),
    ):
        back = frame.leave(frame.enter(photo))
        shift, _, _ = phase_cross_correlation(photo.mean(axis=2), back.mean(axis=2), upsample_factor=100)

        assert back.shape == photo.shape
        assert np.abs(shift).max() <= 0.03  # of a pixel
        for corner in (np.s_[:60, :60], np.s_[-60:, -60:], np.s_[:60, -60:], np.s_[-60:, :60]):
            assert np.abs(photo[corner].astype(int) - back[corner]).mean() < 2
