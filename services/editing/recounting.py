"""Recount: one of several equal objects goes, or one more stands beside, a copy of an object that is there."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from imgdiff.records import Reason
from services.editing.boxes import bounds, cut_off
from services.editing.confirming import seen
from services.editing.cutouts import cut_out, mirrored, pasted
from services.editing.edited import CUT_OFF, EXHAUSTED, NO_PLACE, Edited, Try
from services.editing.places import beside
from services.editing.removing import tries as removing
from services.editing.scene import Scene

_PLACES = 3


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """One less where there are several of the label; one more for each target, place and side that it shows."""
    labels = Counter(item.label for item in scene.objects)
    several = [target for target in targets if labels[scene.objects[target].label] > 1]
    more = [
        Try(partial(_copied, scene, target, place, turned), scene.ease(target))
        for target in targets
        for place in range(_PLACES)
        for turned in (True, False)
    ]
    return removing(scene, several) + more


def _copied(scene: Scene, target: int, place: int, turned: bool) -> Edited | Reason:  # noqa: FBT001  bound by partial
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
    image, _ = pasted(scene.image, mirrored(cutout) if turned else cutout, *boxes[place][:2])
    return seen(scene, image, item.label, boxes[place]) or Edited(image, before=None, after=item.label)
