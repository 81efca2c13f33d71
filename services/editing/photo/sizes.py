"""Usual sizes of things, so that what is added has a plausible size beside what is there."""

from collections.abc import Sequence
from math import sqrt

from services.editing.limits import MOST_HEIGHT_RATIO, RELATIVE_SIZE
from services.english.things import thing
from services.objects.photo_objects import PhotoObject

_SCALE_SLACK = 2.0  # factor between the scales of two things at one distance; chosen, not measured
_LEAST_POSTURE = 0.5  # of the upright height: nobody is taken for smaller; chosen, not measured


def usual_height_ratio(label: str, other: str) -> float | None:
    """How many times as high as a thing of the other label; None if unknown or beyond comparison."""
    height, other_height = thing(label).metres, thing(other).metres
    if height is None or other_height is None:
        return None
    ratio = height / other_height
    return ratio if 1 / MOST_HEIGHT_RATIO <= ratio <= MOST_HEIGHT_RATIO else None


def height_ratio(label: str, size: tuple[int, int], other: str, other_size: tuple[int, int]) -> float | None:
    """As `usual_height_ratio`, for two things as seen: sizes are (height, width) in pixels, each in its own photo.

    A crouching person is lower than an upright one by as much as the box is wider.
    """
    usual = usual_height_ratio(label, other)
    return None if usual is None else usual * _posture(label, size) / _posture(other, other_size)


def choose_scale(label: str, size: tuple[int, int], replaced: str, room: tuple[int, int]) -> float:
    """The factor that gives an object of that size its usual height beside what it replaces, near the room's area."""
    (height, width), (high, wide) = size, room
    ratio = height_ratio(label, size, replaced, room)
    equal_area = sqrt(high * wide / (height * width))
    least, most = RELATIVE_SIZE
    return equal_area if ratio is None else min(max(ratio * high / height, least * equal_area), most * equal_area)


def fits_scale(objects: Sequence[PhotoObject], label: str, height: float, foot: float) -> bool:
    """Whether a thing of that height in pixels is at the scale of the object whose foot is nearest to its own row.

    Things of unknown size fit, and so does everything where no size is known.
    """
    metres = thing(label).metres
    known = [one for one in objects if thing(one.label).metres is not None]
    if metres is None or not known:
        return True
    nearest = min(known, key=lambda one: abs(one.box[3] - foot))
    usual = _scale_at(nearest)
    return usual / _SCALE_SLACK <= height / metres <= usual * _SCALE_SLACK


def _scale_at(item: PhotoObject) -> float:
    """Pixels for a metre at an object of known size."""
    return (item.box[3] - item.box[1]) / (thing(item.label).metres or 1.0)


def _posture(label: str, size: tuple[int, int]) -> float:
    """Share of the upright height."""
    upright = thing(label).upright
    return 1.0 if upright is None else min(1.0, max(_LEAST_POSTURE, size[0] / max(1, size[1]) / upright))
