"""A black-and-white version keeps its brightness; a page that loses something red does not."""

import numpy as np

from imgdiff.images import RGB
from services.detection.whole_pair.greyscale import describe_colour_loss, remove_colour


def test_a_photo_and_its_black_and_white_version(photo: RGB) -> None:
    grey = remove_colour(photo)

    assert "black-and-white" in next(describe_colour_loss(photo, grey)).text
    assert "in colour" in next(describe_colour_loss(grey, photo)).text
    assert not [*describe_colour_loss(photo, photo), *describe_colour_loss(grey, grey)]


def test_a_grey_page_without_its_red_banner_is_no_black_and_white_version() -> None:
    plain = np.full((200, 300, 3), 245, np.uint8)
    marked = plain.copy()
    marked[50:90, 20:280] = (220, 30, 30)

    assert not [*describe_colour_loss(marked, plain), *describe_colour_loss(plain, marked)]
