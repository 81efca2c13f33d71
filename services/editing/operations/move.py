"""Move: the object is cut out, its place covered, and it stands again on like ground at the same height."""

from collections.abc import Sequence
from functools import partial

from services.editing.compositing.cutouts import pasted
from services.editing.compositing.placement import another_place
from services.editing.operations.confirmation import gone, inconspicuous, seen
from services.editing.operations.edit import Edited, Try
from services.editing.photo.scene import Scene

_PLACES = 4


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """One for each target and place; small targets are likelier to come first."""
    return [
        Try(partial(_moved, scene, target, place), scene.ease(target), again=place > 0)
        for target in targets
        for place in range(_PLACES)
    ]


def _moved(scene: Scene, target: int, place: int) -> Edited:
    cutout, box = another_place(scene, target, place)
    inconspicuous(scene, target)
    label = scene.objects[target].label
    image, _ = pasted(scene.emptied(target).image, cutout, *box[:2])
    left = gone(scene, image, target)
    return Edited(image, before=label, after=label, remains=left, shows=seen(scene, image, label, box))
