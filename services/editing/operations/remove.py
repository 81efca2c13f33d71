"""Remove: the object's place is covered; it must be gone and the place must not look strange."""

from collections.abc import Sequence
from functools import partial

from services.editing.operations.confirmation import gone, inconspicuous
from services.editing.operations.edit import EXHAUSTED, Edited, Refused, Try, refuse
from services.editing.photo.scene import Scene

_WAYS = 2
_SECOND = 0.1  # weight of another way of covering the same place


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """Some for each target; small ones are likelier to come first, and the best way of covering their place."""
    return [
        Try(partial(_removed, scene, target, way), scene.ease(target) * _SECOND**way, again=way > 0)
        for target in targets
        for way in range(_WAYS)
    ]


def _removed(scene: Scene, target: int, way: int) -> Edited:
    refuse(scene.unsuitable(target))
    ways = scene.fillings(target)
    if way >= len(ways):
        raise Refused(EXHAUSTED)
    inconspicuous(scene, target, way)
    image = ways[way].image
    left = gone(scene, image, target)
    return Edited(image, before=scene.objects[target].label, after=None, remains=left)
