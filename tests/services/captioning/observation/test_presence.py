"""Which image shows a thing, by its pixels."""

import cv2

from imgdiff.images import RGB
from services.captioning.observation.change_mask import outline_change
from services.captioning.observation.presence import is_one_sided, presence
from services.imaging.figure_ground import crop_pair

SECOND_CUP = (440, 6, 596, 150)


def test_pixels_show_which_image_has_the_thing(before: RGB, after: RGB) -> None:
    inside = outline_change(before, after, SECOND_CUP, None)
    came = presence(crop_pair(before, after, SECOND_CUP, inside))

    assert came[0] < 0.2
    assert came[1] > 0.8
    assert presence(crop_pair(after, before, SECOND_CUP, inside)) == (came[1], came[0])


def test_one_image_is_only_clearly_the_one_with_the_thing_if_the_other_has_no_contour_there(
    before: RGB, after: RGB
) -> None:
    inside = outline_change(before, after, SECOND_CUP, None)
    signs = [before.copy(), before.copy()]
    for sign, text in zip(signs, ("OPEN", "CLOSED"), strict=True):
        cv2.rectangle(sign, (200, 200), (380, 270), (240, 235, 220), -1)
        cv2.putText(sign, text, (215, 250), cv2.FONT_HERSHEY_DUPLEX, 1.2, (20, 40, 160), 2, cv2.LINE_AA)
    text = 205, 215, 375, 262

    assert is_one_sided(crop_pair(before, after, SECOND_CUP, inside))
    assert not is_one_sided(crop_pair(*signs, text, outline_change(*signs, text, None)))
