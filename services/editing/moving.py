"""Move: the object is cut out, its place painted over, and it stands again on like ground at the same height."""

from collections.abc import Sequence
from functools import partial

from imgdiff.records import Reason
from services.editing.boxes import bounds, cut_off
from services.editing.confirming import gone, inconspicuous, seen
from services.editing.cutouts import cut_out, pasted
from services.editing.edited import CUT_OFF, EXHAUSTED, NO_PLACE, Edited, Try
from services.editing.places import beside
from services.editing.scene import Scene

_PLACES = 4


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """One for each target and place; small targets are likelier to come first."""
    return [
        Try(partial(_moved, scene, target, place), scene.ease(target)) for target in targets for place in range(_PLACES)
    ]


def _moved(scene: Scene, target: int, place: int) -> Edited | Reason:
    if reason := scene.unsuitable(target):
        return reason if place == 0 else EXHAUSTED
    item, mask = scene.objects[target], scene.mask(target)
    if cut_off(mask):
        return CUT_OFF if place == 0 else EXHAUSTED
    cutout = cut_out(scene.image, mask)
    taken = [*scene.others(target), item.box, bounds(mask)]
    boxes = beside(cutout.size, bounds(mask), taken, scene.tokens, mask.shape)
    if place >= len(boxes):
        return NO_PLACE if place == 0 else EXHAUSTED
    if reason := inconspicuous(scene, target):
        return reason
    image, _ = pasted(scene.emptied(target).image, cutout, *boxes[place][:2])
    reason = gone(scene, image, target) or seen(scene, image, item.label, boxes[place])
    return reason or Edited(image, before=item.label, after=item.label)
