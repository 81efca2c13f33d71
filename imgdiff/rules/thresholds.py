"""The thresholds in force: the request's, else the backend's calibrated ones, else the paper's."""

from collections.abc import Iterable, Mapping

from imgdiff.rules.reasons import BY_CODE

DETECTION = (
    "pair.too_different",
    "pair.too_similar",
    "region.no_evidence",
    "region.too_similar",
    "region.too_small",
    "region.overlap",
    "region.limit",
)
CAPTIONING = ("caption.mismatch", "caption.too_similar")


def detection_thresholds(
    requested: Mapping[str, float], calibrated: Mapping[str, float], max_regions: int
) -> dict[str, float]:
    """Every threshold that detection's gates use, by reason code."""
    return _in_force(DETECTION, requested, {"region.limit": float(max_regions), **calibrated})


def captioning_thresholds(requested: Mapping[str, float], calibrated: Mapping[str, float]) -> dict[str, float]:
    """Every threshold that captioning's gates use, by reason code."""
    return _in_force(CAPTIONING, requested, calibrated)


def _in_force(codes: Iterable[str], requested: Mapping[str, float], defaults: Mapping[str, float]) -> dict[str, float]:
    paper = {code: value for code in codes if (value := BY_CODE[code].paper) is not None}
    return paper | dict(defaults) | {code: requested[code] for code in codes if code in requested}
