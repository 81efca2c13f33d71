"""The verdict on a pair: from what is kept of it, what differs as a whole, and whether it was compared whole."""

from collections.abc import Iterable, Sequence

from imgdiff.records import Reason, Verdict
from imgdiff.whole_pair import PairChange

UNCOMPARED = frozenset(
    {"alignment.not_found", "alignment.partial", "pair.doubtful", "pair.other_light", "pair.undetermined"}
)
"""Codes of reasons under which nothing found does not mean `same`."""
AGAINST_REGIONS = frozenset({"pair.unrelated", "pair.undetermined"})
"""Codes of reasons under which no region of the pair is kept."""
DOUBTED = 0.1  # evidence of a region from which it keeps `same` from being said; chosen, not measured
_NO_EVIDENCE = (Reason(code="pair.no_evidence"),)


def decide_verdict(
    kept: bool, changes: Sequence[PairChange] = (), reasons: Sequence[Reason] = (), *, searched: bool = True
) -> tuple[Verdict, tuple[Reason, ...]]:
    """The verdict with its reason; `searched` is false where a gate on whole images kept regions from being sought."""
    if any(reason.code == "pair.unrelated" for reason in reasons):
        return Verdict.UNRELATED, ()
    if not searched:
        return Verdict.UNDETERMINED, ()  # the gate's own reason says why
    if kept or differs_as_a_whole(changes):
        return Verdict.DIFFERENT, ()
    return Verdict.SAME if is_compared_whole(reasons) else Verdict.UNDETERMINED, _NO_EVIDENCE


def settle_verdict(verdict: Verdict, kept: bool, changes: Sequence[PairChange]) -> Verdict:
    """The verdict once captions are written: regions whose captions fail leave doubt, or what differs as a whole."""
    lost = verdict is Verdict.DIFFERENT and not kept and not differs_as_a_whole(changes)
    return Verdict.UNDETERMINED if lost else verdict


def explain_doubt(evidence: Iterable[float]) -> tuple[Reason, ...]:
    """Why `same` cannot be said though no region is kept, by the evidence of every region of the comparison."""
    most = max(evidence, default=0.0)
    return (Reason(code="pair.doubtful", value=most, threshold=DOUBTED),) if most >= DOUBTED else ()


def differs_as_a_whole(changes: Sequence[PairChange]) -> bool:
    """Whether anything of the whole pair is more than harmless."""
    return not all(change.harmless for change in changes)


def is_compared_whole(reasons: Sequence[Reason]) -> bool:
    """Whether a change anywhere in either image would have been found, so that nothing found says something."""
    return UNCOMPARED.isdisjoint(reason.code for reason in reasons)
