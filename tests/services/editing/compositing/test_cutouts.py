"""Objects cut out with a clean rim and their shadow, and how sure an outline is."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.compositing.cutouts import cut_out, mirror, paste, scale
from services.editing.compositing.matting import estimate_matte
from services.editing.compositing.shadows import cast_shadow, measure_shadow
from services.editing.photo.vision import PhotoVision
from services.imaging.arrays import Flags
from services.imaging.masks import bounds

RED, GRASS, SKY = (200, 30, 30), (40, 150, 40), (90, 120, 200)


def _ball(shape: tuple[int, int], middle: tuple[int, int], radius: int) -> Flags:
    return cv2.circle(np.zeros(shape, np.uint8), middle, radius, 1, -1).astype(np.bool_)


def _painted(mask: Flags, colour: tuple[int, int, int], ground: tuple[int, int, int]) -> RGB:
    """An object whose edge is as soft as a lens draws it."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)[..., None]
    return np.rint(soft * np.array(colour) + (1 - soft) * np.array(ground)).astype(np.uint8)


def test_a_mask_that_is_too_wide_takes_no_rim_of_the_old_ground_along() -> None:
    ball, wide = _ball((120, 160), (80, 60), 30), _ball((120, 160), (80, 60), 31)
    sky = np.full((120, 160, 3), SKY, np.uint8)

    image, _ = paste(sky, cut_out(_painted(ball, RED, GRASS), wide), 49, 29)

    rim = wide & ~_ball((120, 160), (80, 60), 26)
    greener = image[rim].astype(int)[:, 1] - np.maximum(image[rim][:, 0], image[rim][:, 2]).astype(int)
    assert greener.max() < 0
    assert image[60, 80].astype(int)[0] > 150


def test_opacity_is_whole_inside_nothing_outside_and_soft_between() -> None:
    ball = _ball((120, 160), (80, 60), 30)

    opacity, pixels = estimate_matte(_painted(ball, RED, GRASS), ball)

    assert (opacity[_ball((120, 160), (80, 60), 26)] == 1).all()
    assert (opacity[~_ball((120, 160), (80, 60), 34)] == 0).all()
    assert ((opacity > 0.1) & (opacity < 0.9)).any()
    assert 0.9 < opacity.sum() / ball.sum() < 1.1
    assert (pixels[_ball((120, 160), (80, 60), 26)] == RED).all()


def test_an_object_like_its_ground_keeps_the_drawn_outline() -> None:
    ball = _ball((120, 160), (80, 60), 30)

    opacity, _ = estimate_matte(np.full((120, 160, 3), 128, np.uint8), ball)

    assert (opacity[_ball((120, 160), (80, 60), 28)] > 0.6).all()
    assert (opacity[~_ball((120, 160), (80, 60), 33)] == 0).all()


def test_the_smallest_objects_are_cut_out_too() -> None:
    photo = np.full((20, 20, 3), 100, np.uint8)
    for box in ((5, 5, 6, 6), (0, 0, 20, 20), (19, 0, 20, 20)):
        mask = np.zeros((20, 20), np.bool_)
        mask[box[1] : box[3], box[0] : box[2]] = True
        cutout = cut_out(photo, mask)
        assert cutout.size == (box[3] - box[1], box[2] - box[0])
        assert 0 < cutout.opacity.max() <= 1


def _standing(dark: float) -> tuple[RGB, Flags]:
    """A box on light ground that is darker at its foot by that share."""
    photo = np.full((200, 200, 3), 180, np.uint8)
    mask = np.zeros((200, 200), np.bool_)
    mask[60:140, 80:120] = True
    photo[134:152, 76:124] = round(180 * (1 - dark))
    photo[mask] = RED
    return photo, mask


def test_the_shadow_at_an_objects_foot_is_measured_and_goes_with_it() -> None:
    photo, mask = _standing(0.3)
    cutout = cut_out(photo, mask)
    ground = np.full((200, 200, 3), 160, np.uint8)

    image, _ = paste(ground, scale(mirror(cutout), 0.5), 60, 60)

    assert 0.2 < cutout.shadow < 0.35
    assert image[101, 70, 0] < 140  # right under the foot
    assert (image[60:80, 40:58] == 160).all()  # nothing beside its upper half
    assert (image[120:] == 160).all()


def test_without_a_shadow_none_is_cast() -> None:
    photo, mask = _standing(0.0)

    assert measure_shadow(photo, mask) == 0
    assert np.array_equal(cast_shadow(photo, mask, 0), photo)


def test_what_has_another_colour_under_a_foot_is_no_shadow_and_the_border_has_no_ground() -> None:
    photo, mask = _standing(0.0)
    photo[140:152, 76:124] = (20, 20, 140)
    lowest = np.zeros_like(mask)
    lowest[150:200, 80:120] = True

    assert measure_shadow(photo, mask) == 0
    assert measure_shadow(photo, lowest) == 0


def _sure(vision: PhotoVision, photo: RGB, box: Box) -> float:
    return vision.outline_stability(photo, box)


def test_an_outline_is_surer_where_the_object_stands_out(vision: PhotoVision, cups: RGB, wall: RGB) -> None:
    small_cup, nothing = (477, 15, 578, 122), (150, 150, 300, 300)

    assert 0.9 < _sure(vision, cups, small_cup) <= 1
    assert _sure(vision, wall, nothing) < 0.9


def test_a_part_of_an_object_is_not_recognised_alone(vision: PhotoVision, motorcycle: RGB) -> None:
    (found, *_) = [item for item in vision.detect(motorcycle) if item.label == "motorcycle"]
    whole = vision.mask(motorcycle, found.box)
    left, top, right, bottom = found.box
    part = np.zeros_like(whole)
    part[top + (bottom - top) // 3 : (top + bottom) // 2, left + (right - left) // 3 : (left + right) // 2] = True

    assert vision.score_alone(motorcycle, whole, "motorcycle") > 0.3
    assert vision.score_alone(motorcycle, part, "motorcycle") < 0.3


def test_a_cutout_is_pasted_at_its_place(stripes: RGB, hole: np.ndarray) -> None:
    photo = np.full((96, 120, 3), 128, np.uint8)
    photo[hole] = (200, 30, 30)

    image, mask = paste(stripes, scale(cut_out(photo, hole), 0.5), left=80, top=10)

    left, top, right, bottom = bounds(mask)
    assert 80 <= left < right <= 93
    assert 10 <= top < bottom <= 25
    assert np.array_equal(image[40:], stripes[40:])
    red, green, _ = image[17, 86].astype(int)
    assert red - green > 80
