"""Whether an edit is visible: each check returns its measurement, or refuses the edit with it and its limit.

The detector decides only about what it knows and saw before; else the pixels at the place must have changed.
"""

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from services.editing.compositing.colours import mean_distance
from services.editing.limits import LEAST_SEEN, LEAST_VISIBLE_CHANGE, SAME_PLACE
from services.editing.operations.edit import Refused, refuse
from services.editing.photo.scene import Scene
from services.imaging.arrays import Flags
from services.objects.photo_objects import PhotoObject


def check_anomaly(scene: Scene, anomaly: float) -> None:
    """A filled place must not be conspicuous."""
    refuse(scene.gate("edit.strange", anomaly))


def check_gone(scene: Scene, image: RGB, together: tuple[int, ...], pasted: tuple[Box, ...] = ()) -> float | None:
    """None of these objects may be detected at its place, but for what is pasted there; null where none was before."""
    scores = [_score_left(scene, image, index, pasted) for index in together if scene.objects[index].seen]
    left = max(scores, default=0.0)
    if left > 0:
        raise Refused(_not_confirmed(left, 0.0))
    if not scene.objects[together[0]].seen:
        check_changed(scene.image, image, scene.mask(together[0]))
    return left if scores else None


def check_visible(scene: Scene, image: RGB, label: str, box: Box) -> float:
    """The detection score of the label at the box must reach the limit."""
    score = scene.vision.score_at(image, label, box)
    if score < LEAST_SEEN:
        raise Refused(_not_confirmed(score, LEAST_SEEN))
    return score


def check_pasted(scene: Scene, image: RGB, new: PhotoObject, mask: Flags, box: Box) -> float | None:
    """As `check_visible` for a pasted object, if the detector saw it where it came from; else the place has changed.

    `mask` is of all that was pasted, `box` of the object without what it holds.
    """
    if new.seen:
        return check_visible(scene, image, new.label, box)
    check_changed(scene.image, image, mask)
    return None


def check_changed(before: RGB, after: RGB, mask: Flags) -> None:
    """The masked pixels must differ visibly."""
    change = mean_distance(before, after, mask)
    if change < LEAST_VISIBLE_CHANGE:
        raise Refused(_not_confirmed(change, LEAST_VISIBLE_CHANGE))


def _score_left(scene: Scene, image: RGB, index: int, pasted: tuple[Box, ...]) -> float:
    item, others = scene.objects[index], (*scene.alike_beside(index), *pasted)
    found = scene.vision.find_inside(image, item.label, item.box)
    own = (one.score for one in found if all(iou(one.box, other) < SAME_PLACE for other in others))
    return max(own, default=0.0)


def _not_confirmed(score: float, threshold: float) -> Reason:
    return Reason(code="edit.not_confirmed", value=round(score, 4), threshold=threshold)
