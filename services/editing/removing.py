"""Remove: the object's place is painted over; it must be gone and the place must not look strange."""

from collections.abc import Sequence
from functools import partial

from imgdiff.records import Reason
from services.editing.confirming import gone, inconspicuous
from services.editing.edited import Edited, Try
from services.editing.scene import Scene


def tries(scene: Scene, targets: Sequence[int]) -> list[Try]:
    """One for each target; small ones are likelier to come first."""
    return [Try(partial(_removed, scene, target), scene.ease(target)) for target in targets]


def _removed(scene: Scene, target: int) -> Edited | Reason:
    if reason := scene.unsuitable(target):
        return reason
    image = scene.emptied(target).image
    reason = inconspicuous(scene, target) or gone(scene, image, target)
    return reason or Edited(image, before=scene.objects[target].label, after=None)
