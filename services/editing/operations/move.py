"""Move: the object is cut out, its place filled, and it is pasted on similar ground at the same height."""

from collections.abc import Sequence
from functools import partial

from services.editing.compositing.cutouts import paste
from services.editing.limits import PLACES_TO_MOVE
from services.editing.operations.confirmation import check_anomaly, check_gone, check_pasted
from services.editing.operations.edit import Attempt, EditedPhoto
from services.editing.operations.placement import find_parts, find_second_place, name_others
from services.editing.photo.scene import Scene
from services.imaging.masks import bounds


def list_moves(scene: Scene, targets: Sequence[int]) -> list[Attempt]:
    """One for each target and place; small targets are likelier to come first."""
    return [
        Attempt(
            partial(_move, scene, target, rank),
            scene.ease(target),
            variant=rank > 0,
            target=target,
            choice=(target, rank),
        )
        for target in targets
        for rank in range(PLACES_TO_MOVE)
    ]


def _move(scene: Scene, target: int, rank: int) -> EditedPhoto:
    together, cutout, box = find_second_place(scene, target, rank, leaves=True)
    filling = scene.fillings(target)[0]
    check_anomaly(scene, filling.anomaly)
    label = scene.objects[target].label
    image, mask = paste(filling.image, cutout, *box[:2])
    parts = find_parts(scene, together, bounds(mask))
    score = check_gone(scene, image, together, parts)
    score_after = check_pasted(scene, image, scene.objects[target], mask, parts[0])
    return EditedPhoto(image, label, label, score, score_after, also=name_others(scene, together))
