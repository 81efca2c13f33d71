"""Whether an edit shows: each check gives what was measured, or refuses the edit with that and its limit."""

from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from services.editing.operations.edit import Refused
from services.editing.photo.scene import Scene

LEAST_SEEN = 0.3


def inconspicuous(scene: Scene, target: int, way: int = 0) -> float:
    """How strange the target's place looks, covered in one of the ways."""
    return fits_in(scene, scene.fillings(target)[way].strangeness)


def fits_in(scene: Scene, strangeness: float) -> float:
    """How strange a place looks that was covered."""
    limit = scene.thresholds["edit.strange"]
    if strangeness > limit:
        raise Refused(Reason(code="edit.strange", value=round(strangeness, 4), threshold=limit))
    return strangeness


def gone(scene: Scene, image: RGB, target: int) -> float:
    """The score with which the target's label is still found at its place: 0, or it is not gone."""
    item = scene.objects[target]
    value = scene.sight.remains(image, item.label, item.box)
    if value > 0:
        raise Refused(_not_confirmed(value, 0.0))
    return value


def seen(scene: Scene, image: RGB, label: str, box: Box) -> float:
    """The score with which the label is found at the box."""
    value = scene.sight.shows(image, label, box)
    if value < LEAST_SEEN:
        raise Refused(_not_confirmed(value, LEAST_SEEN))
    return value


def _not_confirmed(value: float, threshold: float) -> Reason:
    return Reason(code="edit.not_confirmed", value=round(value, 4), threshold=threshold)
