"""A blurred picture is out of focus, and in focus again where it is shown small; the size of a photo does not count."""

import cv2
import numpy as np
from skimage import data

from services.editing.compositing.focus import is_in_focus, measure_focus
from services.imaging.resizing import resize

CAT = np.asarray(data.chelsea(), np.uint8)[40:240, 100:300]  # type: ignore[no-untyped-call]
PHOTO = 480, 640, 3


def test_blur_puts_a_picture_out_of_focus_until_it_is_shown_small() -> None:
    blurred = np.asarray(cv2.GaussianBlur(CAT, (0, 0), 3.0), np.uint8)

    assert is_in_focus(CAT, PHOTO)
    assert not is_in_focus(blurred, PHOTO)
    assert is_in_focus(blurred, PHOTO, factor=0.2)


def test_what_is_sharp_is_so_in_a_photo_with_more_pixels() -> None:
    enlarged = resize(CAT, 1200, 1200)

    assert not is_in_focus(enlarged, PHOTO)
    assert is_in_focus(enlarged, (2880, 3840, 3))


def test_contrast_does_not_count_and_one_tone_tells_nothing() -> None:
    faint = np.asarray(100 + CAT * 0.3, np.uint8)

    assert abs(measure_focus(faint) - measure_focus(CAT)) < 0.1
    assert measure_focus(np.full((50, 50, 3), 90, np.uint8)) == 1
