"""Which image shows a thing, by its pixels."""

from imgdiff.images import RGB
from services.captioning.observation.change_mask import outline_change
from services.captioning.observation.presence import presence
from services.imaging.figure_ground import crop_pair

SECOND_CUP = (440, 6, 596, 150)


def test_pixels_show_which_image_has_the_thing(before: RGB, after: RGB) -> None:
    inside = outline_change(before, after, SECOND_CUP, None)
    came = presence(crop_pair(before, after, SECOND_CUP, inside))

    assert came[0] < 0.2
    assert came[1] > 0.8
    assert presence(crop_pair(after, before, SECOND_CUP, inside)) == (came[1], came[0])
