"""Whether an edited pair shows the requested edit: `imgdiff.rules.acceptance` at the request's thresholds."""

from imgdiff.composition.facts import RequestFacts
from imgdiff.records import Edit, Policy, Reason, Record, Verdict
from imgdiff.rules import acceptance as rules
from imgdiff.rules.detection import shows_noun
from imgdiff.rules.thresholds import SWAPPED, Thresholds, acceptance_thresholds
from imgdiff.stages import Captioning, Detection

ROUNDS = 3  # of an edited pair until one is accepted; chosen, not measured
# Reasons that another seed cannot change.
_PERMANENT = frozenset(
    {"edit.exhausted", "edit.target_not_found", "edit.donor_not_found", "edit.image_too_small", "edit.unread"}
)
_NO_EVIDENCE = Reason(code="pair.no_evidence")


def thresholds(request: RequestFacts, edit: Edit) -> dict[str, float]:
    """The thresholds in force, by reason code; they depend on how the pair was made."""
    return acceptance_thresholds(request.options.thresholds, regenerated=edit.regenerated)


def measure(edit: Edit, detection: Detection) -> Edit:
    """The edit with what detection's kept regions say of it."""
    limits = Thresholds(detection.parameters)
    kept = [
        rules.KeptRegion(region.box, shows_noun(region.scores, limits))
        for region in detection.regions
        if region.kept and region.box is not None
    ]
    return rules.locate(edit, kept, matched="object.mismatch" in limits.values)


def reject(request: RequestFacts, edit: Edit, detection: Detection) -> tuple[Reason, ...]:
    """Why a measured pair is rejected, which only `curate` does; empty if it is accepted."""
    if request.options.policy is not Policy.CURATE:
        return ()
    limits = Thresholds(thresholds(request, edit))
    return tuple(rules.decide(detection.reasons, detection.verdict, edit, limits).reasons)


def reject_record(request: RequestFacts, record: Record, captioning: Captioning) -> tuple[Reason, ...]:
    """Why a record is rejected, which only `curate` does: its sides are swapped, or it does not show its edit."""
    if request.options.policy is not Policy.CURATE:
        return ()
    edit, swapped = record.source.edit, tuple(one for one in captioning.reasons if one.code == SWAPPED)
    if swapped or edit is None:
        return swapped
    if record.verdict is not Verdict.DIFFERENT:
        return record.reasons or (_NO_EVIDENCE,)
    changes = [region.change for region in captioning.regions if region.kept]
    asked = () if captioning.described is None else captioning.described.reasons
    return rules.contradicts(edit.operation, changes) or asked


def is_permanent(reason: Reason) -> bool:
    """Whether another round would be rejected for it, too."""
    unwritable = reason.code.startswith("rewrite.") and reason.code != "rewrite.unavailable"
    return unwritable or reason.code in _PERMANENT
