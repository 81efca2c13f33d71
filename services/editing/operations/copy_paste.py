"""Replace and add: an object of a source photo is pasted, in the size and the light of its new place."""

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

from imgdiff.records import Box
from services.editing.compositing.cutouts import Cutout, cut_out, paste, scale
from services.editing.compositing.free_places import find_free_places
from services.editing.limits import (
    LARGEST_SCALE,
    LEAST_ADDED_HEIGHT,
    MOST_ADDED_HEIGHT,
    MOST_UNCOVERED,
    PLACES_TO_ADD,
    RELATIVE_SIZE,
)
from services.editing.operations.confirmation import check_anomaly, check_gone, check_visible
from services.editing.operations.edit import (
    CUT_OFF,
    EXHAUSTED,
    NO_PLACE,
    NO_SOURCE,
    Attempt,
    EditedPhoto,
    Refused,
    refuse,
)
from services.editing.operations.source_objects import (
    belongs,
    comparable,
    fitness,
    list_source_objects,
    size_likeness,
    why_unusable,
)
from services.editing.photo.scene import Scene
from services.editing.photo.sizes import height_ratio
from services.english.things import thing
from services.imaging.boxes import is_cut_off
from services.imaging.masks import bounds, grow_mask

# Of an object added to a photo without objects; chosen, not measured.
_ALONE_HEIGHT = 0.2, 0.4  # least and most of the photo's height
_ALONE_FOOT = 0.85  # of the photo's height: on the ground in front


def list_replacements(
    scene: Scene, targets: Sequence[int], sources: Sequence[Scene], noun: str | None
) -> list[Attempt]:
    """One for each target and source object; small targets and objects of their size are likelier to come first.

    Without a noun, a target is replaced by a comparable thing of another label.
    """
    return [
        Attempt(
            partial(_replace, scene, target, source, index),
            scene.ease(target)
            * fitness(scene, source, index)
            * size_likeness(scene.objects[target].label, source.objects[index].label),
        )
        for source in sources
        for target in targets
        for index in list_source_objects(noun, source)
        if noun is not None or _other_and_comparable(source.objects[index].label, scene.objects[target].label)
    ]


def list_additions(scene: Scene, sources: Sequence[Scene], noun: str | None) -> list[Attempt]:
    """One for each source object and place; without a noun, of the objects that belong into the photo."""
    return [
        Attempt(partial(_add, scene, source, index, rank), fitness(scene, source, index), variant=rank > 0)
        for source in sources
        for index in list_source_objects(noun, source)
        if noun is not None or belongs(source.objects[index].label, scene)
        for rank in range(PLACES_TO_ADD)
    ]


def _other_and_comparable(label: str, target: str) -> bool:
    return label != target and comparable(label, target)


def _replace(scene: Scene, target: int, source: Scene, index: int) -> EditedPhoto:
    item, new = scene.objects[target], source.objects[index]
    cut_off = is_cut_off(item.box, scene.image.shape)  # its foot may be outside the photo
    refuse(scene.unsuitable(target) or (CUT_OFF if cut_off else None))
    refuse(why_unusable(source, index))
    room = bounds(scene.mask(target))
    cutout = cut_out(source.image, source.mask(index))
    cutout = _fit(cutout, room, height_ratio(new.label, cutout.size, item.label, _size_of(room)), scene.image.shape)
    left, top = _stand_in(cutout.size, room, scene.image.shape)
    filling = scene.fillings(target)[0]
    image, mask = paste(filling.image, cutout, left, top)
    uncovered = float((filling.hole & ~grow_mask(mask, 2)).sum() / filling.hole.sum())
    if uncovered > MOST_UNCOVERED:
        check_anomaly(scene, filling.anomaly)
    score_before = None if new.label == item.label else check_gone(scene, image, target)
    box = (left, top, left + cutout.size[1], top + cutout.size[0])
    score_after = check_visible(scene, image, new.label, box)
    return EditedPhoto(image, item.label, new.label, score_before, score_after)


def _add(scene: Scene, source: Scene, index: int, rank: int) -> EditedPhoto:
    refuse(why_unusable(source, index))
    new = source.objects[index]
    cutout = cut_out(source.image, source.mask(index))
    boxes = _find_places(scene, cutout, new.label)
    if rank >= len(boxes):
        raise Refused(EXHAUSTED if boxes else NO_PLACE)
    box = boxes[rank]
    image, _ = paste(scene.image, scale(cutout, (box[3] - box[1]) / cutout.size[0]), *box[:2])
    score = check_visible(scene, image, new.label, box)
    return EditedPhoto(image, before=None, after=new.label, score_after=score)


def _fit(cutout: Cutout, room: Box, ratio: float | None, shape: tuple[int, ...]) -> Cutout:
    """Scale a cutout by the usual height ratio, near the room's size and inside the image; refuses what gets soft."""
    height, width = cutout.size
    high, wide = room[3] - room[1], room[2] - room[0]
    equal_area = (high * wide / (height * width)) ** 0.5
    least, most = RELATIVE_SIZE
    wanted = equal_area if ratio is None else min(max(ratio * high / height, least * equal_area), most * equal_area)
    factor = min(wanted, (shape[1] - 2) / width, (shape[0] - 2) / height)
    refuse(NO_SOURCE if factor > LARGEST_SCALE else None)
    return scale(cutout, factor)


def _size_of(box: Box) -> tuple[int, int]:
    """Height and width."""
    return box[3] - box[1], box[2] - box[0]


def _stand_in(size: tuple[int, int], room: Box, shape: tuple[int, ...]) -> tuple[int, int]:
    """Left and top of an object whose foot and middle are those of the room, inside the image."""
    left = (room[0] + room[2] - size[1]) // 2
    top = room[3] - size[0]
    return min(max(0, left), shape[1] - size[1]), min(max(0, top), shape[0] - size[0])


def _find_places(scene: Scene, cutout: Cutout, label: str) -> list[Box]:
    """Places beside the photo's objects, the best of each first; without objects, on the ground in front."""
    taken = scene.boxes_except(None)
    shape = scene.image.shape
    found = [
        find_free_places(size, box, taken, scene.tokens, shape)
        for box, high in _list_neighbours(scene, cutout, label)
        if (size := _size_at(cutout, high, shape))
    ]
    best_first = (box for boxes in zip_longest(*found) for box in boxes if box is not None)
    return list(dict.fromkeys(best_first))


def _list_neighbours(scene: Scene, cutout: Cutout, label: str) -> list[tuple[Box, float]]:
    """Boxes that the object may be put beside, whole and of comparable size, with its height there in pixels."""
    flying = thing(label).flying
    alike = [item for item in scene.objects if thing(item.label).flying is flying]
    whole = [item for item in alike if not is_cut_off(item.box, scene.image.shape)]
    neighbours = [
        (item.box, ratio * (item.box[3] - item.box[1]))
        for item in whole
        if (ratio := height_ratio(label, cutout.size, item.label, _size_of(item.box)))
    ]
    if scene.objects:
        return neighbours
    height, width = scene.image.shape[:2]
    least, most = _ALONE_HEIGHT
    high = min(most, max(least, cutout.size[0] / height)) * height
    middle, half = width // 2, round(high * cutout.size[1] / cutout.size[0] / 2)
    foot = int(_ALONE_FOOT * height)
    return [((max(0, middle - half), int(_ALONE_FOOT * height - high), min(width, middle + half), foot), high)]


def _size_at(cutout: Cutout, high: float, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of the object at that height; None when it would be too small, too large or soft."""
    factor = high / cutout.size[0]
    if not LEAST_ADDED_HEIGHT <= high <= MOST_ADDED_HEIGHT * shape[0] or factor > LARGEST_SCALE:
        return None
    return max(2, round(high)), max(2, round(cutout.size[1] * factor))
