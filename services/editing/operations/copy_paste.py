"""Replace and add: an object of a donor photo, in the size and the light of its new place."""

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from math import exp

from imgdiff.boxes import area, intersection
from imgdiff.records import Box, Reason
from services.editing.compositing.cutouts import Cutout, cut_out, pasted, scaled
from services.editing.compositing.free_places import beside
from services.editing.operations.confirmation import gone, inconspicuous, seen
from services.editing.operations.edit import CUT_OFF, EXHAUSTED, NO_DONOR, NO_PLACE, Edited, Refused, Try, refuse
from services.editing.photo.scene import Scene
from services.editing.photo.sizes import ratio, times_as_high
from services.english.things import category_of, groups_of, thing
from services.imaging.boxes import is_cut_off
from services.imaging.masks import bounds, grow_mask

_LARGEST_FACTOR = 1.5  # beyond it the donor's pixels look soft
_SMALLEST, _HIGHEST = 24, 0.6  # pixels, and share of the photo's height, of what is added
_ALONE = 0.4  # that share where nothing tells a size
_PLACES = 4
_UNCOVERED = 0.2
_LEAST_GIVEN = 0.01  # of the donor's photo
_FURTHEST = (0.6, 1.4)  # how far a new object's size may be from that of its room
_HIDDEN, _HIDDEN_WEIGHT = 0.1, 0.2
_INCOMPARABLE = 0.2
_OTHER_LIGHT = 15.0  # Lab units between the photos' mean lightness


def replacing(scene: Scene, targets: Sequence[int], donor: Scene, donated: Sequence[int]) -> list[Try]:
    """One for each target and donated object; small targets and objects of their size are likelier to come first."""
    return [
        Try(
            partial(_replaced, scene, target, donor, given),
            scene.ease(target)
            * _quality(scene, donor, given)
            * _alike(scene.objects[target].label, donor.objects[given].label),
        )
        for target in targets
        for given in donated
    ]


def adding(scene: Scene, donor: Scene, donated: Sequence[int]) -> list[Try]:
    """One for each donated object and place."""
    return [
        Try(partial(_added, scene, donor, given, place), _quality(scene, donor, given), again=place > 0)
        for given in donated
        for place in range(_PLACES)
    ]


def comparable(label: str, other: str) -> bool:
    """Whether one could stand where the other stood: of a size that fits, and of one sort (COCO's super-categories)."""
    of_one_sort = label == other or not _sorts(label).isdisjoint(_sorts(other))
    return of_one_sort and ratio(label, other) is not None


def belongs(label: str, scene: Scene) -> bool:
    """Whether such a thing is likely in a photo: of a sort that it shows already, or that of an empty scene."""
    return not scene.objects or any(comparable(label, item.label) for item in scene.objects)


def _sorts(label: str) -> frozenset[str]:
    return frozenset(category_of(group) for group in groups_of(label))


def givable(donor: Scene, donated: Sequence[int]) -> list[int]:
    """Those that are whole and large enough in their own photo, as far as their boxes tell."""
    shape = donor.image.shape
    least = _LEAST_GIVEN * shape[0] * shape[1]
    boxes = ((number, donor.objects[number].box) for number in donated)
    return [number for number, box in boxes if not is_cut_off(box, shape) and area(box) >= least]


def _quality(scene: Scene, donor: Scene, given: int) -> float:
    """How well an object can be cut out and fits: surely what it is, nothing in front of it, and in like light."""
    item = donor.objects[given]
    others = (box for number, box in enumerate(one.box for one in donor.objects) if number != given)
    hidden = any(intersection(box, item.box) > _HIDDEN * area(item.box) for box in others)
    light = exp(-abs(scene.lightness - donor.lightness) / _OTHER_LIGHT)
    return item.score * light * (_HIDDEN_WEIGHT if hidden else 1.0)


def _alike(label: str, other: str) -> float:
    """How near two labels are in size, 1 when equal."""
    factor = ratio(label, other)
    return _INCOMPARABLE if factor is None else min(factor, 1 / factor)


def _replaced(scene: Scene, target: int, donor: Scene, given: int) -> Edited:
    item, new = scene.objects[target], donor.objects[given]
    refuse(
        scene.unsuitable(target) or (CUT_OFF if is_cut_off(item.box, scene.image.shape) else None)
    )  # no foot to stand on
    refuse(_incomplete(donor, given))
    room = bounds(scene.mask(target))
    cutout = cut_out(donor.image, donor.mask(given))
    taller = times_as_high(new.label, cutout.size, item.label, _size_of(room))
    cutout = _fitted(cutout, room, taller, scene.image.shape)
    left, top = _standing(cutout.size, room, scene.image.shape)
    empty = scene.emptied(target)
    image, mask = pasted(empty.image, cutout, left, top)
    open_hole = float((empty.hole & ~grow_mask(mask, 2)).sum() / empty.hole.sum())
    if open_hole > _UNCOVERED:
        inconspicuous(scene, target)
    remains = None if new.label == item.label else gone(scene, image, target)
    box = (left, top, left + cutout.size[1], top + cutout.size[0])
    there = seen(scene, image, new.label, box)
    return Edited(image, before=item.label, after=new.label, remains=remains, shows=there)


def _added(scene: Scene, donor: Scene, given: int, place: int) -> Edited:
    refuse(_incomplete(donor, given))
    new = donor.objects[given]
    cutout = cut_out(donor.image, donor.mask(given))
    boxes = _free(scene, cutout, new.label)
    if place >= len(boxes):
        raise Refused(EXHAUSTED if boxes else NO_PLACE)
    box = boxes[place]
    image, _ = pasted(scene.image, scaled(cutout, (box[3] - box[1]) / cutout.size[0]), *box[:2])
    there = seen(scene, image, new.label, box)
    return Edited(image, before=None, after=new.label, shows=there)


def _incomplete(donor: Scene, given: int) -> Reason | None:
    """An object that its own photo cuts off cannot be given."""
    cut = is_cut_off(donor.objects[given].box, donor.image.shape)
    return NO_DONOR if cut else donor.too_small(given) or donor.unclear(given) or donor.unrecognised(given)


def _fitted(cutout: Cutout, room: Box, taller: float | None, shape: tuple[int, ...]) -> Cutout:
    """As high as it is usually beside what stood there, near the room's size and inside the image; refused if soft."""
    height, width = cutout.size
    high, wide = room[3] - room[1], room[2] - room[0]
    even = (high * wide / (height * width)) ** 0.5
    wanted = even if taller is None else min(max(taller * high / height, _FURTHEST[0] * even), _FURTHEST[1] * even)
    factor = min(wanted, (shape[1] - 2) / width, (shape[0] - 2) / height)
    refuse(NO_DONOR if factor > _LARGEST_FACTOR else None)
    return scaled(cutout, factor)


def _size_of(box: Box) -> tuple[int, int]:
    return box[3] - box[1], box[2] - box[0]


def _standing(size: tuple[int, int], room: Box, shape: tuple[int, ...]) -> tuple[int, int]:
    """Left and top with the foot where the room's is and the middle in its middle."""
    left = (room[0] + room[2] - size[1]) // 2
    top = room[3] - size[0]
    return min(max(0, left), shape[1] - size[1]), min(max(0, top), shape[0] - size[0])


def _free(scene: Scene, cutout: Cutout, label: str) -> list[Box]:
    """Places beside what stands in the photo, the best of each first; in one without objects on the ground in front."""
    taken = scene.others(None)
    shape = scene.image.shape
    found = [
        beside(size, box, taken, scene.tokens, shape)
        for box, high in _feet(scene, cutout, label)
        if (size := _size(cutout, high, shape))
    ]
    in_turn = (box for boxes in zip_longest(*found) for box in boxes if box is not None)
    return list(dict.fromkeys(in_turn))


def _feet(scene: Scene, cutout: Cutout, label: str) -> list[tuple[Box, float]]:
    """What it could stand beside, whole and of comparable size, and how high it would be there, in pixels."""
    flying = thing(label).flying
    alike = [item for item in scene.objects if thing(item.label).flying is flying]
    whole = [item for item in alike if not is_cut_off(item.box, scene.image.shape)]
    feet = [
        (item.box, factor * (item.box[3] - item.box[1]))
        for item in whole
        if (factor := times_as_high(label, cutout.size, item.label, _size_of(item.box)))
    ]
    if scene.objects:
        return feet
    height, width = scene.image.shape[:2]
    high = min(_ALONE, max(0.2, cutout.size[0] / height)) * height
    middle, half = width // 2, round(high * cutout.size[1] / cutout.size[0] / 2)
    return [((max(0, middle - half), int(0.85 * height - high), min(width, middle + half), int(0.85 * height)), high)]


def _size(cutout: Cutout, high: float, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of the object when it is that high; None when it would be too small, too large or soft."""
    factor = high / cutout.size[0]
    if not _SMALLEST <= high <= _HIGHEST * shape[0] or factor > _LARGEST_FACTOR:
        return None
    return max(2, round(high)), max(2, round(cutout.size[1] * factor))
