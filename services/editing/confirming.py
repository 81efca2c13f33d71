"""Whether an edit shows: each check gives None, or a reason with what was measured and its limit."""

from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from services.editing.emptying import STRANGEST
from services.editing.scene import Scene

LEAST_SEEN = 0.3


def inconspicuous(scene: Scene, target: int, way: int = 0) -> Reason | None:
    """The place of the target, painted over in one of the ways, looks like what is around it."""
    value = scene.fillings(target)[way].strangeness
    return _refused(value, STRANGEST) if value > STRANGEST else None


def gone(scene: Scene, image: RGB, target: int) -> Reason | None:
    """Nothing with the target's label is found at its place any more."""
    item = scene.objects[target]
    value = scene.sight.remains(image, item.label, item.box)
    return _refused(value, 0.0) if value > 0 else None


def seen(scene: Scene, image: RGB, label: str, box: Box) -> Reason | None:
    """The label is found at the box."""
    value = scene.sight.shows(image, label, box)
    return _refused(value, LEAST_SEEN) if value < LEAST_SEEN else None


def _refused(value: float, threshold: float) -> Reason:
    return Reason(code="edit.not_confirmed", value=round(value, 4), threshold=threshold)
