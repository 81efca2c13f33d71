"""Which objects of source photos may be pasted into a photo, and how well each would fit."""

from math import exp

from imgdiff.boxes import area, intersection
from imgdiff.records import Reason
from services.editing.limits import LEAST_SOURCE_SHARE
from services.editing.operations.edit import NO_SOURCE
from services.editing.photo.scene import Scene
from services.editing.photo.sizes import usual_height_ratio
from services.english.things import category_of, groups_of
from services.imaging.boxes import is_cut_off

# Weights of the draw; chosen, not measured.
_HIDDEN, _HIDDEN_WEIGHT = 0.1, 0.2  # share of an object that another one overlaps, and what that makes of its weight
_INCOMPARABLE_WEIGHT = 0.2  # of objects whose sizes are not comparable
_LIGHT_DIFFERENCE = 15.0  # of the photos' mean lightness, which divides the weight by e


def list_source_objects(noun: str | None, source: Scene) -> list[int]:
    """The objects that the noun means, or all without one, that are whole and large enough in their photo."""
    shape = source.image.shape
    least = LEAST_SOURCE_SHARE * shape[0] * shape[1]
    boxes = ((index, source.objects[index].box) for index in source.find(noun))
    return [index for index, box in boxes if not is_cut_off(box, shape) and area(box) >= least]


def comparable(label: str, other: str) -> bool:
    """Whether one may replace the other: of one super-category and of comparable size."""
    same_category = label == other or not _categories(label).isdisjoint(_categories(other))
    return same_category and usual_height_ratio(label, other) is not None


def belongs(label: str, scene: Scene) -> bool:
    """Whether such a thing is likely in the photo: it shows comparable things, or none at all."""
    return not scene.objects or any(comparable(label, item.label) for item in scene.objects)


def fitness(scene: Scene, source: Scene, index: int) -> float:
    """How well a source object fits into the photo: its score, nothing in front of it, similar light."""
    item = source.objects[index]
    others = (other.box for at, other in enumerate(source.objects) if at != index)
    hidden = any(intersection(box, item.box) > _HIDDEN * area(item.box) for box in others)
    light = exp(-abs(scene.lightness - source.lightness) / _LIGHT_DIFFERENCE)
    return item.score * light * (_HIDDEN_WEIGHT if hidden else 1.0)


def size_likeness(label: str, other: str) -> float:
    """How near two labels are in size, 1 when equal."""
    ratio = usual_height_ratio(label, other)
    return _INCOMPARABLE_WEIGHT if ratio is None else min(ratio, 1 / ratio)


def why_unusable(source: Scene, index: int) -> Reason | None:
    """Why a source object cannot be cut out and recognised."""
    if is_cut_off(source.objects[index].box, source.image.shape):
        return NO_SOURCE
    return source.too_small(index) or source.unclear(index) or source.unrecognised(index)


def _categories(label: str) -> frozenset[str]:
    return frozenset(category_of(group) for group in groups_of(label))
