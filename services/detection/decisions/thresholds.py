"""Effective thresholds: the request's, else the backend's calibrated ones, else the paper's."""

from collections.abc import Mapping

from imgdiff.gates import BY_CODE

CODES = (
    "pair.too_different",
    "pair.too_similar",
    "region.no_evidence",
    "region.too_similar",
    "region.too_small",
    "region.overlap",
    "region.limit",
)


def effective(asked: Mapping[str, float], calibrated: Mapping[str, float], limit: int) -> dict[str, float]:
    """Every threshold that detection's gates look at, by reason code."""
    known = {code: BY_CODE[code].paper for code in CODES}
    paper = {code: value for code, value in known.items() if value is not None}
    mine = {code: value for code, value in asked.items() if code in CODES}
    return paper | {"region.limit": float(limit)} | dict(calibrated) | mine
