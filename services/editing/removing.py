"""Remove: the object's place is painted over; it must be gone and the place must not look strange."""

from collections.abc import Sequence
from functools import partial

from imgdiff.records import Reason
from services.editing.confirming import gone, inconspicuous
from services.editing.edited import EXHAUSTED, Edited, Try
from services.editing.scene import Scene


_WAYS = 2
_SECOND = 0.1  # weight of another way of covering the same place


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """Some for each target; small ones are likelier to come first, and the best way of covering their place."""
    return [
        Try(partial(_removed, scene, target, way), scene.ease(target) * _SECOND**way)
        for target in targets
        for way in range(_WAYS)
    ]


def _removed(scene: Scene, target: int, way: int) -> Edited | Reason:
    if reason := scene.unsuitable(target):
        return reason
    ways = scene.fillings(target)
    if way >= len(ways):
        return EXHAUSTED
    image = ways[way].image
    reason = inconspicuous(scene, target, way) or gone(scene, image, target)
    return reason or Edited(image, before=scene.objects[target].label, after=None)
