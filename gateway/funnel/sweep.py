"""The thresholds that a report tries: the paper's, the one in force, and two on either side of it."""

from collections import Counter
from collections.abc import Mapping

from imgdiff.funnel import REPLAYED
from imgdiff.rules.reasons import BY_CODE

# Distance of neighbouring thresholds, each on its gate's own scale; chosen, not measured.
_DISTANCES = {
    "pair.too_different": 0.05,
    "pair.too_similar": 0.005,
    "region.no_evidence": 0.1,
    "region.too_similar": 0.05,
    "object.mismatch": 0.05,
    "region.overlap": 0.1,
    "region.limit": 2,
    "edit.not_found": 0.1,
    "edit.elsewhere": 1,
    "edit.outside_changed": 3.0,
    "edit.outside_perceptual": 0.02,
    "caption.mismatch": 0.05,
    "caption.too_similar": 0.05,
}
_DOUBLED = frozenset({"region.too_small"})  # an area share: its neighbours are half and twice as large
# Ends of the scales other than 0 and 1.
_LEAST = {"region.limit": 1.0, "object.mismatch": -1.0, "pair.too_different": -1.0}
_MOST = {"region.limit": 100.0, "edit.outside_changed": 99.0, "edit.elsewhere": 100.0}


def points(in_force: Mapping[str, Counter[float]]) -> dict[str, tuple[float, ...]]:
    """Thresholds to try, ascending, for every gate in force that can be replayed."""
    return {code: _near(code, commonest(in_force[code])) for code in REPLAYED if in_force.get(code)}


def commonest(values: Counter[float]) -> float:
    """The threshold that decided most pairs."""
    return values.most_common(1)[0][0]


def _near(code: str, current: float) -> tuple[float, ...]:
    if code in _DOUBLED:
        values = [current * factor for factor in (0.25, 0.5, 1, 2, 4)]
    else:
        values = [current + times * _DISTANCES[code] for times in (-2, -1, 0, 1, 2)]
    paper = BY_CODE[code].paper
    wanted = {round(value, 6) for value in values} | ({paper} if paper is not None else set()) | {current}
    least, most = _LEAST.get(code, 0.0), _MOST.get(code, 1.0)
    return tuple(sorted(value for value in wanted if value == current or least <= value <= most))
