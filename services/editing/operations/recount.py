"""Recount: one of several equal objects goes, or one more stands beside, a copy of an object that is there."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from services.editing.compositing.cutouts import mirrored, pasted
from services.editing.compositing.placement import another_place
from services.editing.operations.confirmation import seen
from services.editing.operations.edit import Edited, Try
from services.editing.operations.remove import tries as removing
from services.editing.photo.scene import Scene

_PLACES = 3


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """One less where there are several of the label; one more for each target, place and side that it shows."""
    labels = Counter(item.label for item in scene.objects)
    several = [target for target in targets if labels[scene.objects[target].label] > 1]
    more = [
        Try(partial(_copied, scene, target, place, turned), scene.ease(target), again=place > 0 or not turned)
        for target in targets
        for place in range(_PLACES)
        for turned in (True, False)
    ]
    return removing(scene, several) + more


def _copied(scene: Scene, target: int, place: int, turned: bool) -> Edited:
    cutout, box = another_place(scene, target, place)
    image, _ = pasted(scene.image, mirrored(cutout) if turned else cutout, *box[:2])
    label = scene.objects[target].label
    return Edited(image, before=None, after=label, shows=seen(scene, image, label, box))
