"""Whether an edited pair shows the requested edit: `imgdiff.rules.acceptance` at the job's thresholds."""

from gateway.store.values import JobRequest
from imgdiff.records import Edit, Policy, Reason
from imgdiff.rules import acceptance as rules
from imgdiff.rules.detection import shows_noun
from imgdiff.rules.thresholds import Thresholds, acceptance_thresholds
from imgdiff.stages import Detection


def thresholds(request: JobRequest, edit: Edit) -> dict[str, float]:
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


def reject(request: JobRequest, edit: Edit, detection: Detection) -> tuple[Reason, ...]:
    """Why a measured pair is rejected, which only `curate` does; empty if it is accepted."""
    if request.options.policy is not Policy.CURATE:
        return ()
    limits = Thresholds(thresholds(request, edit))
    return tuple(rules.decide(detection.reasons, detection.verdict, edit, limits).reasons)
