"""Whether a made pair is what was ordered: the edit is found where it was made, and nothing else is.

Detection does not know the edit, so what it finds is evidence. Pure; boxes are in image1's pixels.
"""

from collections.abc import Iterable, Mapping, Sequence

from gateway.store.values import JobRequest
from imgdiff.boxes import area, intersection, iou
from imgdiff.records import Box, Change, Edit, EditScores, Operation, Reason
from imgdiff.stages import CaptionedRegion, DetectedRegion

LIMITS: Mapping[str, float] = {
    "edit.not_found": 0.3, "edit.elsewhere": 0, "edit.outside_changed": 40.0, "edit.outside_perceptual": 0.05,
}  # fmt: skip
GENERATED: Mapping[str, float] = {"edit.outside_changed": 30.0, "edit.outside_perceptual": 0.1}
"""Of pairs made from a caption: decoding alone changes every pixel a little. Not yet measured on real weights."""

_APART = 0.1  # share of a region that may lie in the edit when it is counted as elsewhere
_NEAR = 0.1  # of the longer side by which the edit's box is grown: shadows and soft edges reach over it
OPPOSITE = {Operation.REMOVE: Change.ADDED, Operation.ADD: Change.REMOVED}


def measured(edit: Edit, regions: Sequence[DetectedRegion]) -> Edit:
    """The edit with what detection's kept regions say of it."""
    return measured_on(edit, [region.box for region in regions if region.kept])


def measured_on(edit: Edit, kept: Sequence[Box]) -> Edit:
    """The edit with what the boxes of the kept regions say of it."""
    places = edit.boxes or (edit.box,)
    found = min(_found(place, kept) for place in places)
    elsewhere = sum(not _at(box, places) for box in kept)
    scores = edit.scores.model_copy(update={"found": round(found, 4), "elsewhere": elsewhere})
    return edit.model_copy(update={"scores": scores})


def asked(request: JobRequest) -> dict[str, float]:
    """The request's thresholds over those of its kind of pair."""
    return {**(GENERATED if request.image is None else {}), **request.options.thresholds}


def against(scores: EditScores, thresholds: Mapping[str, float]) -> tuple[Reason, ...]:
    """Every gate that the scores do not pass; what was not measured passes."""
    limits = {**LIMITS, **{code: value for code, value in thresholds.items() if code in LIMITS}}
    low = {"edit.not_found": scores.found, "edit.outside_changed": scores.outside_psnr}
    high = {"edit.elsewhere": scores.elsewhere, "edit.outside_perceptual": scores.outside_perceptual}
    return tuple(
        Reason(code=code, value=value, threshold=limits[code])
        for code, value in {**low, **high}.items()
        if value is not None and (value < limits[code] if code in low else value > limits[code])
    )


def superseded(scores: EditScores, thresholds: Mapping[str, float]) -> frozenset[str]:
    """Gates that only guess what was measured: whether the edit failed, and whether the rest of the image drifted.

    Whole-image similarity is the paper's stand-in for both (section 3.3); a small object removed from a photo is no
    failure, and a large one no drift, when every pixel around it is as it was.
    """
    fine = untouched(scores) and not against(scores, thresholds)
    return frozenset({"pair.too_similar", "pair.too_different"} if fine else ())


def untouched(scores: EditScores) -> bool:
    """Whether it was measured that the image around the edit is as it was."""
    return scores.outside_psnr is not None and scores.outside_psnr >= LIMITS["edit.outside_changed"]


def contradicted(edit: Edit, regions: Iterable[CaptionedRegion]) -> tuple[Reason, ...]:
    """A caption that tells the opposite of what was done."""
    told = [region.change for region in regions if region.kept]
    return (Reason(code="edit.contradicted"),) if OPPOSITE.get(edit.operation) in told else ()


def _found(place: Box, kept: Sequence[Box]) -> float:
    """IoU with the nearest region, or with all of those at the place together when it was found in pieces."""
    pieces = [box for box in kept if intersection(box, place) >= 0.5 * area(box)]
    whole = [_around(pieces)] if len(pieces) > 1 else []
    return max((iou(place, box) for box in [*kept, *whole]), default=0.0)


def _at(box: Box, places: Iterable[Box]) -> bool:
    return any(intersection(box, _grown(place)) > _APART * area(box) for place in places)


def _grown(box: Box) -> Box:
    more = round(_NEAR * max(box[2] - box[0], box[3] - box[1])) + 2
    return max(0, box[0] - more), max(0, box[1] - more), box[2] + more, box[3] + more


def _around(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
