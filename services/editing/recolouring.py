"""Recolour: the object in another of the basic colours; the colour must differ and the object still be found."""

from collections.abc import Sequence
from functools import partial

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.editing.colours import COLOURS, distance, main, painted, shift
from services.editing.confirming import seen
from services.editing.edited import Edited, Refused, Try, refuse
from services.editing.scene import Scene
from services.embedded.masks import Flags
from services.embedded.pixels import lab_of

_ONE_COLOUR = 0.35  # of the object's pixels
_ANOTHER_COLOUR = 22.0  # mean Lab distance; measured: below it a red cup painted brown is hard to tell
LIVING = frozenset({
    "person", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake",
})  # fmt: skip


def tries(scene: Scene, targets: Sequence[int], colour: str | None, *, named: bool) -> list[Try]:
    """One for each target and colour; living things and food only when they were asked for by name."""
    chosen = [target for target in targets if named or scene.objects[target].label not in LIVING]
    colours = [colour] if colour else list(COLOURS)
    return [Try(partial(_recoloured, scene, target, colour)) for target in chosen for colour in colours]


def _recoloured(scene: Scene, target: int, colour: str) -> Edited:
    refuse(scene.unsuitable(target) or scene.unclear(target))
    item, mask = scene.objects[target], scene.mask(target)
    _of_one_colour(scene.image, mask)
    before = distance(scene.image, mask, colour)
    image = painted(scene.image, mask, colour)
    moved = min(before, shift(scene.image, image, mask))
    if moved < _ANOTHER_COLOUR:
        raise Refused(Reason(code="edit.not_confirmed", value=round(moved, 2), threshold=_ANOTHER_COLOUR))
    there = seen(scene, image, item.label, item.box)
    return Edited(image, before=item.label, after=f"{colour} {item.label}", shows=there)


def _of_one_colour(image: RGB, mask: Flags) -> None:
    """Refuses an object of which no large part has one colour: nobody would call it by the new one."""
    share = float((main(lab_of(image), mask)[mask] > 0.5).mean())
    if share < _ONE_COLOUR:
        raise Refused(Reason(code="edit.not_confirmed", value=round(share, 4), threshold=_ONE_COLOUR))
