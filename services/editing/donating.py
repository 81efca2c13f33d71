"""Replace and add: an object of a donor photo, in the size and the light of its new place."""

from collections.abc import Sequence
from functools import partial

from imgdiff.records import Box, Reason
from services.editing.boxes import bounds, cut_off, grown
from services.editing.confirming import gone, inconspicuous, seen
from services.editing.cutouts import Cutout, cut_out, pasted, scaled
from services.editing.edited import EXHAUSTED, Edited, Try
from services.editing.places import beside
from services.editing.scene import Scene

_LARGEST_FACTOR = 2.0  # beyond it the donor's pixels look soft
_PLACES = 4
_UNCOVERED = 0.2
_NO_DONOR = Reason(code="edit.donor_not_found")


def replacing(scene: Scene, targets: Sequence[int], donor: Scene, donated: Sequence[int]) -> list[Try]:
    """One for each target and donated object; small targets are likelier to come first."""
    return [
        Try(partial(_replaced, scene, target, donor, given), scene.ease(target))
        for target in targets
        for given in donated
    ]


def adding(scene: Scene, donor: Scene, donated: Sequence[int]) -> list[Try]:
    """One for each donated object and place."""
    return [Try(partial(_added, scene, donor, given, place)) for given in donated for place in range(_PLACES)]


def _replaced(scene: Scene, target: int, donor: Scene, given: int) -> Edited | Reason:
    if reason := scene.unsuitable(target) or _incomplete(donor, given):
        return reason
    item, new = scene.objects[target], donor.objects[given]
    room = bounds(scene.mask(target))
    cutout = _fitted(cut_out(donor.image, donor.mask(given)), room, scene.image.shape)
    left, top = _standing(cutout.size, room, scene.image.shape)
    empty = scene.emptied(target)
    image, mask = pasted(empty.image, cutout, left, top)
    open_hole = float((empty.hole & ~grown(mask, 2)).sum() / empty.hole.sum())
    if open_hole > _UNCOVERED and (reason := inconspicuous(scene, target)):
        return reason
    if new.label != item.label and (reason := gone(scene, image, target)):
        return reason
    box = (left, top, left + cutout.size[1], top + cutout.size[0])
    return seen(scene, image, new.label, box) or Edited(image, before=item.label, after=new.label)


def _added(scene: Scene, donor: Scene, given: int, place: int) -> Edited | Reason:
    if reason := _incomplete(donor, given):
        return reason
    new = donor.objects[given]
    cutout = cut_out(donor.image, donor.mask(given))
    height = _natural_height(scene, new.label, cutout.size[0] / donor.image.shape[0])
    cutout = scaled(cutout, min(_LARGEST_FACTOR, height / cutout.size[0]))
    boxes = _free(scene, cutout)
    if place >= len(boxes):
        return EXHAUSTED
    image, _ = pasted(scene.image, cutout, *boxes[place][:2])
    return seen(scene, image, new.label, boxes[place]) or Edited(image, before=None, after=new.label)


def _incomplete(donor: Scene, given: int) -> Reason | None:
    """An object that its own photo cuts off cannot be given."""
    return _NO_DONOR if cut_off(donor.mask(given)) else donor.too_small(given)


def _fitted(cutout: Cutout, room: Box, shape: tuple[int, ...]) -> Cutout:
    """As large as the room by area, at most a quarter wider and a seventh higher, and inside the image."""
    height, width = cutout.size
    high, wide = room[3] - room[1], room[2] - room[0]
    even = (high * wide / (height * width)) ** 0.5
    most = min(1.25 * wide / width, 1.15 * high / height, (shape[1] - 2) / width, (shape[0] - 2) / height)
    return scaled(cutout, min(even, most, _LARGEST_FACTOR))


def _standing(size: tuple[int, int], room: Box, shape: tuple[int, ...]) -> tuple[int, int]:
    """Left and top with the foot where the room's is and the middle in its middle."""
    left = (room[0] + room[2] - size[1]) // 2
    top = room[3] - size[0]
    return min(max(0, left), shape[1] - size[1]), min(max(0, top), shape[0] - size[0])


def _natural_height(scene: Scene, label: str, share: float) -> float:
    """As high as the photo's own objects of that label; without one as large a share as in the donor, within reason."""
    own = sorted(item.box[3] - item.box[1] for item in scene.objects if item.label == label)
    return float(own[len(own) // 2]) if own else min(max(share, 0.12), 0.4) * scene.image.shape[0]


def _free(scene: Scene, cutout: Cutout) -> list[Box]:
    """Places beside what stands in the photo already; in a photo without objects, on the ground in front."""
    taken = scene.others(None)
    height, width = scene.image.shape[:2]
    middle = (width - cutout.size[1]) // 2
    ground = (middle, int(0.85 * height) - cutout.size[0], middle + cutout.size[1], int(0.85 * height))
    found = [
        box for foot in (taken or [ground]) for box in beside(cutout.size, foot, taken, scene.tokens, scene.image.shape)
    ]
    return list(dict.fromkeys(found))
