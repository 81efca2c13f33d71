"""The verdict: what a pair is as a whole, and why."""

from collections.abc import Sequence

from imgdiff.records import Verdict
from services.detection.registration.alignment import Found

_AGREES = 0.2  # mean local ZNCC; two unrelated photos reach about 0.05
_UNSEEN = 0.05  # share of made pairs without any proposal in which something changed
_STRANGE = 0.77  # median cost of finding a cell again; one scene from two views reaches 0.73, unrelated photos 0.82
_COVERED = 0.3  # share of changed pixels that two unrelated images always exceed


def related(found: Found, coverage: float, cost: float | None) -> bool:
    """Whether the two images show one scene.

    Something of their structure agrees, most pixels do not differ, or most places are found again elsewhere:
    `cost` is what that takes at the median, null where it was not measured.
    """
    if cost is not None:
        return cost < _STRANGE
    return found.score >= _AGREES or coverage < _COVERED


def confidence(verdict: Verdict, of_regions: Sequence[float]) -> float | None:
    """Probability that the verdict is right, from those that something changed in each place; null for `unrelated`."""
    if verdict is Verdict.UNRELATED:
        return None
    changed = max(of_regions, default=_UNSEEN)
    return round(changed if verdict is Verdict.DIFFERENT else 1 - max(changed, _UNSEEN), 4)
