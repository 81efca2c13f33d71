"""Whether an edit is visible: each check returns its measurement, or refuses the edit with it and its limit."""

from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from services.editing.limits import LEAST_SEEN
from services.editing.operations.edit import Refused, refuse
from services.editing.photo.scene import Scene


def check_anomaly(scene: Scene, anomaly: float) -> None:
    """A filled place must not be conspicuous."""
    refuse(scene.gate("edit.strange", anomaly))


def check_gone(scene: Scene, image: RGB, target: int) -> float:
    """The target's label must not be detected at its place: the score is 0."""
    item = scene.objects[target]
    score = scene.vision.score_inside(image, item.label, item.box)
    if score > 0:
        raise Refused(_not_confirmed(score, 0.0))
    return score


def check_visible(scene: Scene, image: RGB, label: str, box: Box) -> float:
    """The detection score of the label at the box must reach the limit."""
    score = scene.vision.score_at(image, label, box)
    if score < LEAST_SEEN:
        raise Refused(_not_confirmed(score, LEAST_SEEN))
    return score


def _not_confirmed(score: float, threshold: float) -> Reason:
    return Reason(code="edit.not_confirmed", value=round(score, 4), threshold=threshold)
