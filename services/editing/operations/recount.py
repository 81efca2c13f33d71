"""Recount: a copy of an object is pasted beside it; one object less is a removal."""

from collections.abc import Sequence
from functools import partial

from services.editing.compositing.cutouts import mirror, paste
from services.editing.limits import PLACES_TO_COPY
from services.editing.operations.confirmation import check_pasted
from services.editing.operations.edit import Attempt, EditedPhoto
from services.editing.operations.placement import find_parts, find_second_place, name_others
from services.editing.photo.scene import Scene
from services.imaging.masks import bounds


def list_copies(scene: Scene, targets: Sequence[int]) -> list[Attempt]:
    """One for each target and place, mirrored and as it is; small targets are likelier to come first."""
    return [
        Attempt(
            partial(_copy, scene, target, rank, mirrored),
            scene.ease(target),
            variant=rank > 0 or not mirrored,
            target=target,
            choice=(target, rank),
        )
        for target in targets
        for rank in range(PLACES_TO_COPY)
        for mirrored in (True, False)
    ]


def list_repeated(scene: Scene, targets: Sequence[int]) -> list[int]:
    """The targets whose label the photo shows more than once."""
    labels = [item.label for item in scene.objects]
    return [target for target in targets if labels.count(labels[target]) > 1]


def _copy(scene: Scene, target: int, rank: int, mirrored: bool) -> EditedPhoto:
    together, cutout, box = find_second_place(scene, target, rank, leaves=False)
    image, mask = paste(scene.image, mirror(cutout) if mirrored else cutout, *box[:2])
    label = scene.objects[target].label
    place = find_parts(scene, together, bounds(mask), mirrored=mirrored)[0]
    score = check_pasted(scene, image, scene.objects[target], mask, place)
    return EditedPhoto(image, before=None, after=label, score_after=score, also=name_others(scene, together))
