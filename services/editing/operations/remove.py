"""Remove: the object's place is filled; it must be gone and the place must not be conspicuous."""

from collections.abc import Sequence
from functools import partial

from services.editing.limits import FILLINGS
from services.editing.operations.confirmation import check_anomaly, check_gone
from services.editing.operations.edit import EXHAUSTED, Attempt, EditedPhoto, Refused, refuse
from services.editing.operations.placement import name_others, take_together
from services.editing.photo.scene import Scene

_SECOND_WEIGHT = 0.1  # of the second best filling; chosen, not measured


def list_removals(scene: Scene, targets: Sequence[int]) -> list[Attempt]:
    """Some for each target, which look alike; small targets and the best fillings are likelier to come first."""
    return [
        Attempt(
            partial(_remove, scene, target, rank),
            scene.ease(target) * _SECOND_WEIGHT**rank,
            variant=rank > 0,
            target=target,
        )
        for target in targets
        for rank in range(FILLINGS)
    ]


def _remove(scene: Scene, target: int, rank: int) -> EditedPhoto:
    refuse(scene.unsuitable(target))
    together = take_together(scene, target)
    fillings = scene.fillings(target)
    if rank >= len(fillings):
        raise Refused(EXHAUSTED)
    check_anomaly(scene, fillings[rank].anomaly)
    image = fillings[rank].image
    score = check_gone(scene, image, together)
    before, also = scene.objects[target].label, name_others(scene, together)
    return EditedPhoto(image, before, after=None, score_before=score, also=also)
