"""Usual sizes of things, so that what is added has a plausible size beside what is there."""

from collections.abc import Sequence

from services.editing.limits import MOST_HEIGHT_RATIO
from services.english.things import thing
from services.objects.photo_objects import PhotoObject

_SCALE_SLACK = 2.0  # factor beyond the scales of a photo's objects that a new one may have; chosen, not measured
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


def fits_scale(objects: Sequence[PhotoObject], label: str, height: float) -> bool:
    """Whether a thing of that height in pixels is at the scale of some of a photo's objects; unknown sizes fit."""
    metres = thing(label).metres
    scales = [(one.box[3] - one.box[1]) / row.metres for one in objects if (row := thing(one.label)).metres]
    if metres is None or not scales:
        return True
    return min(scales) / _SCALE_SLACK <= height / metres <= max(scales) * _SCALE_SLACK


def _posture(label: str, size: tuple[int, int]) -> float:
    """Share of the upright height."""
    upright = thing(label).upright
    return 1.0 if upright is None else min(1.0, max(_LEAST_POSTURE, size[0] / max(1, size[1]) / upright))
