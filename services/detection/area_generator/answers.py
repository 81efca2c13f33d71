"""The answer of the Difference Area Generator: judged areas become regions in image1's own pixels."""

from imgdiff.records import ModelUse, Reason, Verdict
from imgdiff.stages import DetectedRegion, Detection
from services.detection.area_generator.generator import Area, Areas
from services.detection.area_generator.preparation import Prepared
from services.detection.decisions import verdict
from services.detection.decisions.answers import alignment_of, in_original
from services.imaging.boxes import rescale
from services.imaging.masks import encode_in_box


def answer(prepared: Prepared, found: Areas, models: tuple[ModelUse, ...], seconds: float) -> Detection:
    """One pair's answer; `seconds` is its share of the batch."""
    regions = sorted((_region(prepared, area) for area in found.areas), key=_order)
    verdict_, reasons = _decide(prepared, found, regions)
    request = prepared.work.request
    if request.align and not prepared.found.trusted and not prepared.view.exact:
        reasons.append(Reason(code="alignment.not_found", value=prepared.found.score))
    original = in_original(prepared.found, prepared.work, prepared.view)
    return Detection(
        alignment=alignment_of(original, applied=prepared.found.model != "identity"),
        similarity=found.similarity,
        verdict=verdict_,
        regions=tuple(region for region in regions if region.kept or request.keep_rejected),
        reasons=(*reasons, *found.reasons),
        models=models,
        parameters=prepared.limits,
        seconds=seconds,
    )


def _decide(prepared: Prepared, found: Areas, regions: list[DetectedRegion]) -> tuple[Verdict, list[Reason]]:
    """A pair that curate rejected as a whole was never searched, so nothing is claimed of its regions."""
    if found.reasons and prepared.related:
        alike = any(reason.code == "pair.too_similar" for reason in found.reasons)
        return Verdict.SAME if alike else Verdict.DIFFERENT, []
    return verdict.decide(sum(region.kept for region in regions), prepared.related)


def _region(prepared: Prepared, area: Area) -> DetectedRegion:
    height, width = prepared.work.image1.shape[:2]
    view_height, view_width = prepared.view.image1.shape[:2]
    box = rescale(area.box, width / view_width, height / view_height, width, height)
    unrelated = () if prepared.related else (Reason(code="pair.unrelated"),)
    kept = area.judgement.kept and prepared.related
    return DetectedRegion(
        box=box,
        mask=encode_in_box(area.mask, box, width, height) if kept else None,
        difference=round(area.difference, 6),
        crop_similarity=area.similarity,
        kept=kept,
        reasons=(*area.judgement.reasons, *unrelated),
    )


def _order(region: DetectedRegion) -> tuple[bool, float]:
    return not region.kept, -region.difference
