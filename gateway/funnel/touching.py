"""Whether another threshold can change anything about a try: most of a sweep's do not, and need no second judgement."""

from collections.abc import Iterable, Mapping

from gateway.funnel.facts import Found, PairFacts, Told, Try
from gateway.pipeline import acceptance
from imgdiff.boxes import area

_ROUNDED = 1e-4  # of what is stored with fewer digits than it was judged with
_CROWD = 100  # regions beyond which detection does not measure all
_AT_OVERLAP = {"region.overlap", "region.limit"}
_ON_EDITS = {
    "edit.not_found": "found",
    "edit.elsewhere": "elsewhere",
    "edit.outside_changed": "outside_psnr",
    "edit.outside_perceptual": "outside_perceptual",
}


def touched(pair: PairFacts, one: Try, thresholds: Mapping[str, float]) -> bool:
    """Whether any of them is another one than was in force, and a stored value lies at or between the two."""
    return any(_touches(pair, one, code, value) for code, value in thresholds.items())


def _touches(pair: PairFacts, one: Try, code: str, value: float) -> bool:
    if one.found is None:
        return False
    room = code.partition(".")[0]
    if room == "edit":
        return _edit(pair, one, code, value)
    report: Found | Told | None = one.told if room == "caption" else one.found
    force = None if report is None else report.parameters.get(code)
    if force is None or force == value:
        return False
    low, high = min(force, value) - _ROUNDED, max(force, value) + _ROUNDED
    if room == "region" and (not pair.keep_rejected or len(one.found.regions) > _CROWD):
        return True
    values = _captioned(one.told, code) if isinstance(report, Told) else _found(pair, one.found, code)
    return any(low <= stored <= high for stored in values)


def _edit(pair: PairFacts, one: Try, code: str, value: float) -> bool:
    if one.edit is None or not pair.enforced:
        return False
    force = pair.thresholds.get(code, acceptance.LIMITS[code])
    stored = getattr(one.edit.scores, _ON_EDITS[code])
    return stored is not None and force != value and min(force, value) <= stored <= max(force, value)


def _captioned(told: Told | None, code: str) -> Iterable[float]:
    for region in () if told is None else told.regions:
        scores = region.scores
        of = (scores.text_match1, scores.text_match2) if code == "caption.mismatch" else (scores.caption_similarity,)
        yield from (stored for stored in of if stored is not None)


def _found(pair: PairFacts, found: Found, code: str) -> Iterable[float]:
    """What the gate looked at; for gates on several regions, or where that was not stored, what always counts."""
    if code.startswith("pair."):
        return [] if found.similarity is None else [found.similarity]
    if code == "region.too_similar":
        return [one.crop_similarity for one in found.regions if one.crop_similarity is not None]
    calibrated = all(one.confidence is not None for one in found.regions)
    if code == "region.no_evidence" and calibrated:
        return [one.confidence or 0.0 for one in found.regions]
    if code == "region.too_small" and calibrated and pair.pixels is not None:
        return [area(one.box) / pair.pixels for one in found.regions]
    alive = sum(one.kept or bool(_AT_OVERLAP & set(one.codes)) for one in found.regions)
    if code == "region.limit":
        return [float(rank) for rank in range(1, alive + 1)]
    counts = alive > 1 if code == "region.overlap" else bool(found.regions)
    return [found.parameters[code]] * counts
