"""One capture under two frames is laid over itself at whole pixels."""

import numpy as np

from imgdiff.images import RGB
from services.detection.whole_pair.overlay import find_overlay


def test_an_image_that_grew_is_laid_corner_on_corner(photo: RGB) -> None:
    grown = np.pad(photo, ((0, 90), (0, 0), (0, 0)), constant_values=80)
    grown_above = np.pad(photo, ((90, 0), (0, 0), (0, 0)), constant_values=80)

    assert find_overlay(photo, grown, None).tolist() == np.eye(3).tolist()
    assert find_overlay(photo, grown_above, None)[:2, 2].tolist() == [0, 90]


def test_a_shift_that_was_found_is_rounded_where_the_pixels_agree(photo: RGB) -> None:
    near = np.array([[1, 0, -59.8], [0, 1, -40.1], [0, 0, 1]])

    assert find_overlay(photo, photo[40:400, 60:450], near)[:2, 2].tolist() == [-60, -40]


def test_another_photo_has_no_overlay(photo: RGB) -> None:
    assert find_overlay(photo, np.ascontiguousarray(photo[::-1, :400]), None) is None
