"""Recount: one of several equal objects goes, or one more stands beside, a copy of an object that is there."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from services.editing.confirming import seen
from services.editing.cutouts import mirrored, pasted
from services.editing.edited import Edited, Try
from services.editing.removing import tries as removing
from services.editing.scene import Scene
from services.editing.standing import another_place

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
