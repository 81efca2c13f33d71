"""Recolour: the object in another of the basic colours; the colour must differ and the object still be found."""

from collections.abc import Sequence
from functools import partial

from imgdiff.records import Reason
from services.editing.compositing.colours import distance, painted, shift
from services.editing.operations.confirmation import seen
from services.editing.operations.edit import Edited, Refused, Try, refuse
from services.editing.photo.scene import Scene
from services.english.colours import BASIC
from services.english.things import thing

_ANOTHER_COLOUR = 22.0  # mean Lab distance; measured: below it a red cup painted brown is hard to tell


def tries(scene: Scene, targets: Sequence[int], colour: str | None, *, named: bool) -> list[Try]:
    """One for each target and colour; living things and food only when they were asked for by name."""
    chosen = [target for target in targets if named or thing(scene.objects[target].label).recolourable]
    colours = [colour] if colour else list(BASIC)
    return [Try(partial(_recoloured, scene, target, colour)) for target in chosen for colour in colours]


def _recoloured(scene: Scene, target: int, colour: str) -> Edited:
    refuse(scene.unsuitable(target) or scene.unclear(target))
    item, mask = scene.objects[target], scene.mask(target)
    before = distance(scene.image, mask, colour)
    image = painted(scene.image, mask, colour)
    moved = min(before, shift(scene.image, image, mask))
    if moved < _ANOTHER_COLOUR:
        raise Refused(Reason(code="edit.not_confirmed", value=round(moved, 2), threshold=_ANOTHER_COLOUR))
    there = seen(scene, image, item.label, item.box)
    return Edited(image, before=item.label, after=f"{colour} {item.label}", shows=there)
