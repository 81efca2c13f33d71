"""Which objects of source photos may be pasted into a photo, and how well each would fit."""

from math import exp

from imgdiff.boxes import area, intersection
from imgdiff.objects.labels import label_key
from imgdiff.records import Reason
from services.editing.limits import LEAST_SOURCE_SHARE
from services.editing.operations.edit import NO_SOURCE
from services.editing.photo.scene import Scene
from services.editing.photo.sizes import usual_height_ratio
from services.english.things import category_of, groups_of, thing
from services.imaging.boxes import is_cut_off
from services.objects.labels import label_of

# Weights of the draw; chosen, not measured.
_HIDDEN, _HIDDEN_WEIGHT = 0.1, 0.2  # share of an object that another one overlaps, and what that makes of its weight
_INCOMPARABLE_WEIGHT = 0.2  # of objects whose sizes are not comparable
_OTHER_CATEGORY_WEIGHT = 0.2  # of objects of another super-category
_STANDING = {"person", "animal", "furniture", "kitchen", "food", "indoor", "electronic"}
_LIVING = {"person", "animal"}
_SMALL = {"kitchen", "food", "indoor", "electronic", "appliance"}
_ALIKE_HEIGHT = 2.5  # ratio of the usual heights of two things of different super-categories
_LIGHT_DIFFERENCE = 15.0  # of the photos' mean lightness, which divides the weight by e


def list_source_objects(noun: str | None, source: Scene) -> list[int]:
    """The objects that the noun means, or all without one, that are whole and large enough in their photo."""
    least = LEAST_SOURCE_SHARE * source.image.shape[0] * source.image.shape[1]
    found = source.find(noun) if noun is None or not source.is_marked or _is_called(source, noun) else ()
    return [index for index in found if not _is_cut_off(source, index) and area(source.objects[index].box) >= least]


def _is_called(source: Scene, noun: str) -> bool:
    """Whether the noun means the marked object: by the detector's label, else as donors are drawn by their labels."""
    label = source.objects[0].label
    return label == label_of(noun, source.vision.labels) or label_key(label) == label_key(noun)


def _is_cut_off(source: Scene, index: int) -> bool:
    return is_cut_off(source.objects[index].box, source.image.shape) and not source.is_cut_out


def comparable(label: str, other: str) -> bool:
    """Whether one may replace the other: of one super-category and comparable size, or of one size on the ground."""
    ratio = usual_height_ratio(label, other)
    if ratio is None or thing(label).on != thing(other).on:
        return False
    return same_category(label, other) or _stand_alike(label, other, ratio)


def goes_beside(label: str, other: str) -> bool:
    """Whether one may be put beside the other: comparable things; people and animals also beside one another.

    People go beside vehicles too, but no vehicle goes where people are: nothing tells that there is a road.
    """
    row, beside = thing(label), thing(other)
    living = row.category in _LIVING and beside.category in _LIVING
    on_ground = not (row.flying or beside.flying or beside.on)
    among_people = on_ground and (living or (row.category == "person" and beside.category == "vehicle"))
    return comparable(label, other) or (among_people and usual_height_ratio(label, other) is not None)


def kinship(scene: Scene, label: str) -> float:
    """How near the label is in size and category to the nearest thing in the photo; 1 where that has it too."""
    return max((size_likeness(label, item.label) for item in scene.objects), default=1.0)


def same_category(label: str, other: str) -> bool:
    """Whether both are of one super-category."""
    return label == other or not _categories(label).isdisjoint(_categories(other))


def _stand_alike(label: str, other: str, ratio: float) -> bool:
    rows = thing(label), thing(other)
    loose = all(row.category in _STANDING and not (row.flying or row.fixed or row.support) for row in rows)
    return loose and 1 / _ALIKE_HEIGHT <= ratio <= _ALIKE_HEIGHT


def is_small(label: str) -> bool:
    """Whether the thing stands or lies on furniture, not on the ground."""
    row = thing(label)
    return row.category in _SMALL and not row.fixed


def belongs(scene: Scene, label: str) -> bool:
    """Whether a thing with the label goes beside something in the photo."""
    return any(goes_beside(label, item.label) for item in scene.objects)


def in_company(scene: Scene, source: Scene, index: int) -> bool:
    """Whether the photo shows what is beside the object in its own photo."""
    company = {item.label for at, item in enumerate(source.objects) if at != index}
    return any(item.label in company for item in scene.objects)


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
    likeness = _INCOMPARABLE_WEIGHT if ratio is None else min(ratio, 1 / ratio)
    return likeness * (1.0 if same_category(label, other) else _OTHER_CATEGORY_WEIGHT)


def why_unusable(source: Scene, index: int) -> Reason | None:
    """Why a source object cannot be cut out and recognised, or would not be whole."""
    if _is_cut_off(source, index):
        return NO_SOURCE
    together = source.together(index)
    if isinstance(together, Reason):
        return together
    unclear = next((reason for one in together if (reason := source.unclear(one))), None)
    whole = source.held(index) or source.without_foot(index)
    return source.too_small(index) or unclear or whole or source.unrecognised(index)


def _categories(label: str) -> frozenset[str]:
    return frozenset(category_of(group) for group in groups_of(label))
