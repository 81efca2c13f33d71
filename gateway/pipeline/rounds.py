"""What happens to an edited pair that was rejected: another round, or it is given up with the reasons of all rounds."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.store.values import Pair, Rejection
from imgdiff.jobs import StageName
from imgdiff.records import Reason

# Reasons that another seed cannot change.
_PERMANENT = frozenset(
    {"edit.exhausted", "edit.target_not_found", "edit.donor_not_found", "edit.image_too_small", "edit.unread"}
)


def reject(pair: Pair, name: StageName, reasons: Sequence[Reason], max_rounds: int) -> Pair:
    """The pair as it waits for its next round, or given up; `name` is the stage whose result led to this."""
    rejections = (*pair.rejections, Rejection(round=pair.round, stage=name, reasons=tuple(reasons), edit=pair.edit))
    if pair.round + 1 < max_rounds and not any(_is_permanent(reason) for reason in reasons):
        return Pair(pair.sequence, pair.job_id, pair.index, pair.round + 1, rejections=rejections)
    distinct = dict.fromkeys(reason for one in rejections for reason in one.reasons)
    return replace(pair, rejections=rejections, reasons=tuple(distinct))


def _is_permanent(reason: Reason) -> bool:
    unwritable = reason.code.startswith("rewrite.") and reason.code != "rewrite.unavailable"
    return unwritable or reason.code in _PERMANENT
