"""What kind of images a pair is."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.evidence.content import classify_content, is_same_capture
from services.detection.evidence.view import Content


def test_an_edit_of_one_capture_leaves_most_pixels_equal_and_a_rescaled_copy_does_not(photo: RGB, pasted: RGB) -> None:
    small = cv2.resize(photo, (384, 384), interpolation=cv2.INTER_AREA)
    back = np.asarray(cv2.resize(small, (512, 512), interpolation=cv2.INTER_LINEAR), np.uint8)

    assert is_same_capture(photo, pasted)
    assert not is_same_capture(photo, back)
    assert not is_same_capture(photo, photo[:100])


def test_black_on_white_is_binary_flat_colours_are_drawn_and_the_rest_is_a_photo(photo: RGB) -> None:
    page = np.full((200, 200, 3), 255, np.uint8)
    page[50:60] = 0
    chart = np.full((200, 200, 3), (40, 90, 200), np.uint8)
    chart[50:60] = (200, 90, 40)

    assert classify_content(page, page) is Content.BINARY
    assert classify_content(chart, chart) is Content.GRAPHIC
    assert classify_content(photo, photo) is Content.PHOTO
    assert classify_content(photo[:40, :40], photo[:40, :40]) is Content.GRAPHIC
