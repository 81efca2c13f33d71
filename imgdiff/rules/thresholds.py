"""The thresholds in force: the request's, else the backend's calibrated ones, else the paper's."""

import math
from collections.abc import Collection, Mapping

from imgdiff.rules.reasons import BY_CODE, REASONS

DETECTION = (
    "pair.too_different",
    "pair.too_similar",
    "region.no_evidence",
    "region.too_small",
    "region.too_similar",
    "object.mismatch",
    "region.overlap",
    "region.limit",
)
CAPTIONING = ("caption.mismatch", "caption.too_similar")
QUESTION = ("question.mismatch", "question.still_shown")
SWAPPED = "pair.swapped"
# Of 57 made pairs in their own order the highest value is 0.57, of a wine glass that looks like a doughnut; 29 of them
# are found when swapped (`python -m benchmarks.directions --photos DIR`).
_SURELY_SWAPPED = 0.7
DUPLICATE = "record.duplicate"
_LEAST_REPEATED = 0.5  # IoU of changes that repeat one another; chosen, not measured
# Of pairs whose pixels outside the edit were kept. The PSNR in dB and the LPIPS distance are of those pixels; chosen,
# not measured.
ACCEPTANCE: Mapping[str, float] = {
    "edit.not_found": 0.3,
    "edit.elsewhere": 0,
    "edit.outside_changed": 40.0,
    "edit.outside_perceptual": 0.05,
}
# Of pairs that a network regenerated whole: what changed outside the edit is reported and rejects nothing by default,
# as in the paper, which keeps 3 regions a pair. None of these values can be passed: the least PSNR, the most regions of
# a pair, and more than LPIPS can be.
_REGENERATED: Mapping[str, float] = {
    "edit.elsewhere": 100.0,
    "edit.outside_changed": 0.0,
    "edit.outside_perceptual": 10.0,
}


def detection_thresholds(
    requested: Mapping[str, float],
    calibrated: Mapping[str, float | None],
    max_regions: int,
    *,
    matches_objects: bool = False,
) -> dict[str, float]:
    """Every threshold that detection's gates use, by reason code; that of objects only where places are matched.

    A calibrated null is for a gate on a score of unknown scale, which never fires unless the request has a threshold.
    """
    chosen = _choose(DETECTION, requested, {"region.limit": float(max_regions), **calibrated})
    return {code: value for code, value in chosen.items() if matches_objects or not code.startswith("object.")}


def captioning_thresholds(requested: Mapping[str, float], calibrated: Mapping[str, float]) -> dict[str, float]:
    """Every threshold that captioning's gates use, by reason code."""
    return _choose(CAPTIONING, requested, calibrated)


def question_thresholds(requested: Mapping[str, float], calibrated: Mapping[str, float]) -> dict[str, float]:
    """Every threshold on the question of a removal or addition, by reason code."""
    return _choose(QUESTION, requested, calibrated)


def swap_threshold(requested: Mapping[str, float]) -> dict[str, float]:
    """How surely a pair may be swapped, 0..1, by its reason code; 1 lets all of them pass."""
    return {SWAPPED: requested.get(SWAPPED, _SURELY_SWAPPED)}


def acceptance_thresholds(requested: Mapping[str, float], *, regenerated: bool) -> dict[str, float]:
    """Every threshold that decides whether a synthesised pair is accepted, by reason code."""
    return _choose(ACCEPTANCE, requested, {**ACCEPTANCE, **(_REGENERATED if regenerated else {})})


def duplicate_threshold(requested: Mapping[str, float]) -> float:
    """How far a pair may repeat a record of its dataset, 0..1; 1 lets all of them pass."""
    return requested.get(DUPLICATE, _LEAST_REPEATED)


class Thresholds:
    """Thresholds by reason code, and how far each could move without changing any comparison made with it so far.

    A decision follows from its comparisons alone, so as long as none of them changes, the decision stays the same.
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values
        self._bounds: dict[str, tuple[float, float]] = {}

    def fires(self, code: str, value: float | None) -> bool | None:
        """Whether the gate fires at this value; null without a value. A gate without a threshold never fires."""
        if code not in self.values:
            return False
        if value is None:
            self.pin(code)
            return None
        value *= _SIGNS[code]
        low, high = self._bounds.get(code, _EVERYWHERE)
        fired = value < _SIGNS[code] * self.values[code]
        if fired and value > low:
            self._bounds[code] = value, high
        elif not fired and value < high:
            self._bounds[code] = low, value
        return fired

    def pin(self, code: str) -> None:
        """Note that any other threshold of this gate may change a decision."""
        self._bounds[code] = _NOWHERE

    def same_at(self, code: str, threshold: float) -> bool:
        """Whether every comparison made so far would come out the same at another threshold of this gate."""
        if threshold == self.values.get(code, threshold):
            return True
        low, high = self._bounds.get(code, _EVERYWHERE)
        return low < _SIGNS[code] * threshold <= high

    def moved(self, thresholds: Mapping[str, float]) -> "Thresholds":
        """The same gates, some at other thresholds."""
        return Thresholds({code: thresholds.get(code, value) for code, value in self.values.items()})


_SIGNS = {reason.code: 1 if reason.drops_when == "below" else -1 for reason in REASONS}  # a gate fires below, or above
_EVERYWHERE, _NOWHERE = (-math.inf, math.inf), (math.inf, -math.inf)


def _choose(
    codes: Collection[str], requested: Mapping[str, float], defaults: Mapping[str, float | None]
) -> dict[str, float]:
    paper = {code: BY_CODE[code].paper for code in codes}
    own = {code: value for code, value in defaults.items() if code in codes}
    chosen = paper | own | {code: requested[code] for code in codes if code in requested}
    return {code: value for code, value in chosen.items() if value is not None}
