"""The outline of a change, and the part of it that one image's thing fills."""

import numpy as np

from imgdiff.boxes import iou
from imgdiff.images import RGB
from services.captioning.observation.change_mask import cut_figure, outline_change

CUP = (150, 10, 430, 320)
SECOND_CUP = (440, 6, 596, 150)


def test_the_outline_is_that_of_what_came(before: RGB, after: RGB) -> None:
    wide = (420, 0, 600, 170)
    inside = outline_change(before, after, wide, None)

    assert inside.shape == (170, 180)
    assert 0.3 < inside.mean() < 0.85
    assert not inside[160:].any()
    assert inside[60:90, 60:120].all()


def test_no_outline_is_the_whole_box_or_what_was_given(before: RGB) -> None:
    given = np.zeros((310, 280), bool)
    given[5:20, 5:20] = True

    assert outline_change(before, before, CUP, None).all()
    assert (outline_change(before, before, CUP, given) == given).all()
    assert outline_change(before, before, (3, 4, 4, 5), None).shape == (1, 1)


def test_two_things_of_one_outline_are_cut_apart() -> None:
    ground = np.full((200, 200, 3), 120, np.uint8)
    ground[60:100, 40:160] = (200, 30, 30)
    outline = np.zeros((120, 120), bool)
    outline[20:60], outline[:, 40:80] = True, True

    box, flags = cut_figure(ground, (40, 40, 160, 160), outline)

    assert flags.shape == (box[3] - box[1], box[2] - box[0])
    assert iou(box, (40, 60, 160, 100)) > 0.9
    assert cut_figure(ground, (0, 0, 200, 200), np.ones((200, 200), bool))[0] == (0, 0, 200, 200)  # there is no ground
