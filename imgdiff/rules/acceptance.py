"""Whether a synthesised pair shows the requested edit: it is found where it was made, and nothing else changed.

Detection does not know the edit, so what it finds is evidence. All of a regenerated pair may drift: its edit is found
where a kept region matches an exchanged noun, and other regions are only counted. Boxes are in image1's pixels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imgdiff.boxes import area, enclosing, intersection, iou
from imgdiff.objects.places import LocatedBy
from imgdiff.records import Box, Change, Edit, EditScores, Operation, Reason, Verdict
from imgdiff.rules.decision import Decision, rejected
from imgdiff.rules.reasons import REASONS
from imgdiff.rules.thresholds import ACCEPTANCE, Thresholds

_PIECE = 0.5  # share of a region inside the edit for it to count as a piece of it; chosen, not measured
_APART = 0.1  # largest share of a region inside the edit for it to count as elsewhere; chosen, not measured
_NEAR = 0.1  # of the longer side by which the edit's box grows, for shadows and soft edges; chosen, not measured
_OPPOSITE = {Operation.REMOVE: Change.ADDED, Operation.ADD: Change.REMOVED}
_AGAINST_PAIR = frozenset(one.code for one in REASONS if one.code.startswith("pair.") and one.drops_when != "never")
_SUPERSEDED = frozenset({"pair.too_similar", "pair.too_different"})
_BY_REGIONS = frozenset({"edit.not_found", "edit.elsewhere"})


@dataclass(frozen=True)
class KeptRegion:
    """A region that detection kept: its box, and whether it shows an exchanged noun; null where none was matched."""

    box: Box
    shows_noun: bool | None = None


def locate(edit: Edit, kept: Sequence[KeptRegion], *, matched: bool = False) -> Edit:
    """The edit with what detection's kept regions say of it; `matched` is whether nouns were matched at all.

    Where only pixels say where a regenerated pair was edited, its place is that of the regions that show its nouns.
    """
    if edit.regenerated:
        showing = [region.box for region in kept if region.shows_noun]
        found = float(bool(showing)) if matched else None
        if showing and edit.located_by in (LocatedBy.PIXELS, LocatedBy.REGIONS):
            place = {"box": enclosing(showing), "boxes": tuple(showing), "mask": None, "located_by": LocatedBy.REGIONS}
            edit = edit.model_copy(update=place)
    else:
        boxes = [region.box for region in kept]
        found = round(min(_overlap(place, boxes) for place in edit.boxes or (edit.box,)), 4)
    elsewhere = sum(not _is_at(region.box, edit.boxes or (edit.box,)) for region in kept)
    scores = edit.scores.model_copy(update={"found": found, "elsewhere": elsewhere})
    return edit.model_copy(update={"scores": scores})


def decide(
    found: Sequence[Reason], verdict: Verdict | None, edit: Edit, thresholds: Thresholds, *, complete: bool = True
) -> Decision:
    """Whether the pair is accepted, by detection's reasons and verdict and by the located edit.

    Whole-image similarity is the paper's stand-in (section 3.3) for an edit that failed or an image that drifted, and
    stays in force for regenerated pairs. Where the pixels around the edit were kept, are as they were and the edit
    passes its own gates, that measurement supersedes it.
    Not every region is known unless `complete`, and without a verdict not even whether one is kept.
    """
    gates = decide_edit(edit.scores, thresholds, complete=complete)
    superseding = gates.kept if _is_untouched(edit) else False
    against = [reason for reason in found if reason.code in _AGAINST_PAIR]
    standing = [reason for reason in against if superseding is False or reason.code not in _SUPERSEDED]
    if standing:
        return rejected(standing)
    if against and superseding is None:
        return Decision(unknown=against[0].code)
    if verdict is None:
        return Decision(unknown="pair.no_evidence")
    if verdict is not Verdict.DIFFERENT:
        return rejected(found or [Reason(code="pair.no_evidence")])
    return gates


def decide_edit(scores: EditScores, thresholds: Thresholds, *, complete: bool = True) -> Decision:
    """Whether the edit passes its own gates; one that was not measured passes. More regions only add to `elsewhere`."""
    decision = Decision()
    for code, value in (
        ("edit.not_found", scores.found),
        ("edit.outside_changed", scores.outside_psnr),
        ("edit.elsewhere", scores.elsewhere),
        ("edit.outside_perceptual", scores.outside_perceptual),
    ):
        if value is None:
            continue
        certain = complete or code not in _BY_REGIONS or (code == "edit.elsewhere" and thresholds.fires(code, value))
        decision.apply(thresholds, code, value if certain else None)
    return decision


def can_contradict(operation: Operation) -> bool:
    """Whether a change can be the opposite of this edit."""
    return operation in _OPPOSITE


def contradicts(operation: Operation, changes: Iterable[Change]) -> tuple[Reason, ...]:
    """The reason against a pair one of whose kept regions states the opposite of the edit."""
    opposite = _OPPOSITE.get(operation)
    return (Reason(code="edit.contradicted"),) if opposite is not None and opposite in changes else ()


def _is_untouched(edit: Edit) -> bool:
    psnr = edit.scores.outside_psnr
    return not edit.regenerated and psnr is not None and psnr >= ACCEPTANCE["edit.outside_changed"]


def _overlap(place: Box, kept: Sequence[Box]) -> float:
    """IoU with the nearest region, or with all pieces at the place together."""
    pieces = [box for box in kept if intersection(box, place) >= _PIECE * area(box)]
    whole = [enclosing(pieces)] if len(pieces) > 1 else []
    return max((iou(place, box) for box in [*kept, *whole]), default=0.0)


def _is_at(box: Box, places: Iterable[Box]) -> bool:
    return any(intersection(box, _grown(place)) > _APART * area(box) for place in places)


def _grown(box: Box) -> Box:
    more = round(_NEAR * max(box[2] - box[0], box[3] - box[1])) + 2
    return max(0, box[0] - more), max(0, box[1] - more), box[2] + more, box[3] + more
