"""Replace and add: an object of a source photo is pasted, in the size and the light of its new place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from services.editing.compositing.cutouts import Cutout, cut_out, paste, scale, scaled_size
from services.editing.compositing.focus import is_in_focus
from services.editing.compositing.free_places import find_free_places, find_ground
from services.editing.limits import (
    LARGEST_SCALE,
    LEAST_ADDED_HEIGHT,
    LEAST_NEIGHBOUR_HEIGHT,
    MOST_ADDED_HEIGHT,
    MOST_UNCOVERED,
    PLACES_TO_ADD,
)
from services.editing.operations.confirmation import check_anomaly, check_gone, check_pasted
from services.editing.operations.edit import EXHAUSTED, NO_PLACE, NO_SOURCE, Attempt, EditedPhoto, Refused, refuse
from services.editing.operations.placement import find_parts, name_others, take_together
from services.editing.operations.source_objects import (
    belongs,
    comparable,
    fitness,
    goes_beside,
    in_company,
    is_small,
    kinship,
    list_source_objects,
    size_likeness,
    why_unusable,
)
from services.editing.photo.scene import CUT_OFF, Scene
from services.editing.photo.sizes import choose_scale, fits_scale, height_ratio
from services.english.things import thing
from services.imaging.arrays import Floats
from services.imaging.boxes import crop, is_cut_off
from services.imaging.masks import bounds, grow_mask
from services.objects.photo_objects import PhotoObject

_LATER_PLACE = 0.3  # weight of each further place of an object; chosen, not measured
# Of an object added to a photo without objects; chosen, not measured.
_ALONE_HEIGHT = 0.3  # of the photo's height
_ALONE_FOOT = 0.85  # of the photo's height: on the ground in front


def list_replacements(
    scene: Scene, targets: Sequence[int], sources: Sequence[Scene], noun: str | None, *, chosen: bool
) -> list[Attempt]:
    """One for each target and source object; small targets and objects of their size are likelier to come first.

    Without a noun, a target is replaced by a comparable thing of another label, or by the object that the client chose.
    """

    def fits(label: str, target: int) -> bool:
        old = scene.objects[target].label
        return label != old and is_small(label) is is_small(old) and comparable(label, old)

    return [
        Attempt(
            partial(_replace, scene, target, _Source(source, index, number, chosen)),
            scene.ease(target)
            * fitness(scene, source, index)
            * size_likeness(scene.objects[target].label, source.objects[index].label),
            target=target,
            choice=(number, index),
        )
        for number, source in enumerate(sources)
        if noun is not None or chosen or _may_have(source, lambda label: any(fits(label, target) for target in targets))
        for target in targets
        for index in list_source_objects(noun, source)
        if noun is not None or (chosen and source.is_marked) or fits(source.objects[index].label, target)
        if _stays_sharp(source.objects[index], scene.objects[target])
    ]


def list_additions(scene: Scene, sources: Sequence[Scene], noun: str | None, *, chosen: bool) -> list[Attempt]:
    """One for each source object and place; without a noun, of those that belong into the photo or the client chose.

    Those of which the photo shows one already, or something like it, are likelier to come first. Only what the client
    chose has a place of its own, so that its company counts.
    """
    return [
        Attempt(
            partial(_add, scene, _Source(source, index, number, chosen), rank),
            fitness(scene, source, index) * kinship(scene, source.objects[index].label) * _LATER_PLACE**rank,
            variant=rank > 0,
            target=(number, index),
            choice=(number, index, rank),
        )
        for number, source in enumerate(sources)
        if noun is not None or chosen or _may_have(source, partial(belongs, scene))
        for index in list_source_objects(noun, source)
        if noun is not None
        or (chosen and (source.is_marked or not scene.objects or in_company(scene, source, index)))
        or belongs(scene, source.objects[index].label)
        for rank in range(PLACES_TO_ADD)
    ]


def _may_have(source: Scene, fits: Callable[[str], bool]) -> bool:
    """Whether an object of the photo may fit: where the request marks and names it, nothing is detected to tell."""
    return source.marked_label is None or fits(source.marked_label)


@dataclass(frozen=True)
class _Source:
    """An object of a source photo; `number` is the photo's among the donors, `chosen` whether the client named it."""

    scene: Scene
    index: int
    number: int
    chosen: bool

    @property
    def item(self) -> PhotoObject:
        """What and where it is."""
        return self.scene.objects[self.index]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the object without what it holds."""
        return _size_of(bounds(self.scene.mask(self.index)))

    def cut_out(self) -> tuple[Cutout, tuple[int, ...]]:
        """The object cut out with what it holds, and what that all is; refuses what cannot be used."""
        refuse(why_unusable(self.scene, self.index))
        together = take_together(self.scene, self.index)
        return cut_out(self.scene.image, self.scene.pixels(together)), together


def _replace(scene: Scene, target: int, source: _Source) -> EditedPhoto:
    item, new = scene.objects[target], source.item
    refuse(scene.unsuitable(target) or (CUT_OFF if _is_cut_off_below(scene, item.box) else None) or scene.held(target))
    together = take_together(scene, target)
    room = bounds(scene.mask(target))
    cutout, pasted = source.cut_out()
    cutout = _fit(cutout, source, room, item.label, scene.image.shape)
    left, top = _stand_in(cutout.size, room, scene.image.shape)
    filling = scene.fillings(target)[0]
    image, mask = paste(filling.image, cutout, left, top)
    uncovered = float((filling.hole & ~grow_mask(mask, 2)).sum() / filling.hole.sum())
    if uncovered > MOST_UNCOVERED:
        check_anomaly(scene, filling.anomaly)
    score_before = None if new.label == item.label else check_gone(scene, image, together)
    score_after = check_pasted(scene, image, new, mask, find_parts(source.scene, pasted, bounds(mask))[0])
    also = name_others(scene, together)
    return EditedPhoto(image, item.label, new.label, score_before, score_after, also=also, source=source.number)


def _is_cut_off_below(scene: Scene, box: Box) -> bool:
    """Whether the foot of an object may be outside the photo."""
    height, width = scene.image.shape[:2]
    return is_cut_off((width // 2, height // 2, width // 2 + 1, box[3]), scene.image.shape)


def _add(scene: Scene, source: _Source, rank: int) -> EditedPhoto:
    (cutout, pasted), new = source.cut_out(), source.item
    refuse(None if source.chosen else source.scene.unrecognised_alone(source.index))
    boxes = _find_places(scene, cutout, source)
    if rank >= len(boxes):
        raise Refused(EXHAUSTED if boxes else NO_PLACE)
    box = boxes[rank]
    image, mask = paste(scene.image, scale(cutout, (box[3] - box[1]) / cutout.size[0]), *box[:2])
    score = check_pasted(scene, image, new, mask, find_parts(source.scene, pasted, bounds(mask))[0])
    also = name_others(source.scene, pasted)
    return EditedPhoto(image, before=None, after=new.label, score_after=score, also=also, source=source.number)


def _fit(cutout: Cutout, source: _Source, room: Box, replaced: str, shape: tuple[int, ...]) -> Cutout:
    """Scale a cutout by the usual height ratio, near the room's size and inside the image; refuses what gets soft."""
    wanted = choose_scale(source.item.label, source.size, replaced, _size_of(room))
    factor = min(wanted, (shape[1] - 2) / cutout.size[1], (shape[0] - 2) / cutout.size[0])
    refuse(NO_SOURCE if factor > LARGEST_SCALE else None)
    return scale(cutout, factor)


def _stays_sharp(new: PhotoObject, old: PhotoObject) -> bool:
    """Whether the new object is large enough for the old one's place."""
    return choose_scale(new.label, _size_of(new.box), old.label, _size_of(old.box)) <= LARGEST_SCALE


def _size_of(box: Box) -> tuple[int, int]:
    """Height and width."""
    return box[3] - box[1], box[2] - box[0]


def _stand_in(size: tuple[int, int], room: Box, shape: tuple[int, ...]) -> tuple[int, int]:
    """Left and top of an object whose foot and middle are those of the room, inside the image."""
    left = (room[0] + room[2] - size[1]) // 2
    top = room[3] - size[0]
    return min(max(0, left), shape[1] - size[1]), min(max(0, top), shape[0] - size[0])


def _find_places(scene: Scene, cutout: Cutout, source: _Source) -> list[Box]:
    """Places beside the photo's objects, the best of each first; then those like the place in its own photo."""
    taken, shape = _list_taken(scene, source.item.label), scene.image.shape
    beside = [
        (box[3], find_ground(scene.tokens, box, shape), high) for box, high in _list_neighbours(scene, cutout, source)
    ]
    wanted = [
        *((*place, True) for place in beside),
        *((*place, False) for place in _list_own_places(scene, cutout, source)),
    ]
    found = [
        [
            box
            for box in find_free_places(size, bottom, ground, taken, scene.tokens, shape)
            if not beside_another or _stands(scene, source.item.label, box)
        ]
        for bottom, ground, high, beside_another in wanted
        if (size := _size_at(cutout, high, shape))
    ]
    best_first = (box for boxes in zip_longest(*found) for box in boxes if box is not None)
    return list(dict.fromkeys(best_first))


def _list_taken(scene: Scene, label: str) -> list[Box]:
    """Boxes that a thing with that label may not cover: a small one may be in front of what supports it."""
    return scene.boxes_except(()) if is_small(label) else [item.box for item in scene.objects]


def _stands(scene: Scene, label: str, box: Box) -> bool:
    """Whether a thing at the box has what it stands on below its foot: a small one needs a support that is detected."""
    if not is_small(label):
        return True
    foot = (box[0], box[3] - 1, box[2], box[3])
    supports = (item.box for item in scene.objects if thing(item.label).support)
    return any(intersection(foot, support) == area(foot) for support in supports)


def _list_neighbours(scene: Scene, cutout: Cutout, source: _Source) -> list[tuple[Box, float]]:
    """Boxes that the object may be put beside, whole, sharp and of comparable size; the cutout's height there."""
    label, shape = source.item.label, scene.image.shape
    own = source.size
    held = cutout.size[0] / own[0]
    flying, picture = thing(label).flying, crop(source.scene.image, source.item.box)
    whole = [
        item
        for index, item in enumerate(scene.objects)
        if thing(item.label).flying is flying
        and is_small(item.label) is is_small(label)
        and not is_cut_off(item.box, shape)
        and item.box[3] - item.box[1] >= LEAST_NEIGHBOUR_HEIGHT * shape[0]
        and not scene.foot_in_other(index)
    ]
    heights = [
        (item.box, held * ratio * (item.box[3] - item.box[1]))
        for item in whole
        if goes_beside(label, item.label) and (ratio := height_ratio(label, own, item.label, _size_of(item.box)))
    ]
    return [
        (box, high)
        for box, high in heights
        if is_in_focus(crop(scene.image, box), shape) and is_in_focus(picture, shape, high / cutout.size[0])
    ]


def _list_own_places(scene: Scene, cutout: Cutout, source: _Source) -> list[tuple[int, Floats, float]]:
    """Lower edge, ground and height in pixels of the cutout as it is in its own photo, in proportion.

    Only for what the client chose: of seven drawn objects that were put so, six looked wrong (a wine glass on a field).
    One that was cut out before has no ground of its own. In a photo without objects the last place is in front, on
    whatever ground is there.
    """
    box, own, shape = source.item.box, source.scene.image.shape, scene.image.shape
    places: list[tuple[int, Floats, float]] = []
    if not source.chosen:
        return places
    if not source.scene.is_cut_out:
        ground = find_ground(source.scene.tokens, box, own)
        high, foot = cutout.size[0] / own[0] * shape[0], round(box[3] / own[0] * shape[0])
        if fits_scale(scene.objects, source.item.label, source.size[0] / own[0] * shape[0], foot):
            places.append((foot, ground, high))
    if not scene.objects:
        foot = int(_ALONE_FOOT * shape[0])
        places.append((foot, find_ground(scene.tokens, (0, 0, shape[1], foot), shape), _ALONE_HEIGHT * shape[0]))
    return places


def _size_at(cutout: Cutout, high: float, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of the cutout at that height; None when it would be too small, too large or soft."""
    factor = round(high) / cutout.size[0]
    if not LEAST_ADDED_HEIGHT <= high <= MOST_ADDED_HEIGHT * shape[0] or factor > LARGEST_SCALE:
        return None
    return scaled_size(cutout, factor)
