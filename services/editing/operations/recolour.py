"""Recolour: the object in another basic colour; the colour must differ and the object still be detected."""

from collections.abc import Sequence
from functools import partial

from imgdiff.records import Reason
from services.editing.compositing.colours import blends_in, distance_to_colour, mean_distance, recolour
from services.editing.limits import LEAST_COLOUR_CHANGE
from services.editing.operations.confirmation import check_visible
from services.editing.operations.edit import Attempt, EditedPhoto, Refused, refuse
from services.editing.photo.scene import NO_OUTLINE, Scene
from services.english.colours import BASIC
from services.english.things import thing


def list_recolourings(scene: Scene, targets: Sequence[int], colour: str | None, *, named: bool) -> list[Attempt]:
    """One for each target and colour; living things and food only if the request names them."""
    chosen = [target for target in targets if named or thing(scene.objects[target].label).recolourable]
    colours = [colour] if colour else list(BASIC)
    return [
        Attempt(partial(_recolour, scene, target, colour), target=target, choice=colour)
        for target in chosen
        for colour in colours
    ]


def _recolour(scene: Scene, target: int, colour: str) -> EditedPhoto:
    refuse(scene.unsuitable(target) or scene.unclear(target))
    item, mask = scene.objects[target], scene.mask(target)
    refuse(NO_OUTLINE if blends_in(scene.image, mask) else None)
    distance_before = distance_to_colour(scene.image, mask, colour)
    image = recolour(scene.image, mask, colour)
    change = min(distance_before, mean_distance(scene.image, image, mask))
    if change < LEAST_COLOUR_CHANGE:
        raise Refused(Reason(code="edit.not_confirmed", value=round(change, 2), threshold=LEAST_COLOUR_CHANGE))
    score = check_visible(scene, image, item.label, item.box) if item.seen else None
    return EditedPhoto(image, before=item.label, after=f"{colour} {item.label}", score_after=score)
