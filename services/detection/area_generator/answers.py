"""The answer of the Difference Area Generator: decided areas become regions in image1's own pixels."""

from imgdiff.records import ModelUse, Reason
from imgdiff.rules import detection as rules
from imgdiff.rules.detection import Method
from imgdiff.stages import DetectedRegion, Detection
from services.detection.area_generator.generator import Area, Areas
from services.detection.area_generator.preparation import Prepared
from services.detection.decisions.answers import alignment_of, in_original
from services.imaging.boxes import rescale
from services.imaging.masks import encode_in_box


def answer(prepared: Prepared, found: Areas, models: tuple[ModelUse, ...], seconds: float) -> Detection:
    """One pair's answer; `seconds` is its share of the batch."""
    regions = sorted((_region(prepared, area) for area in found.areas), key=_order)
    kept = any(region.kept for region in regions)
    verdict, reasons = rules.verdict(kept, related=prepared.related, rejected=found.reasons)
    request = prepared.work.request
    if request.align and not prepared.found.trusted and not prepared.view.exact:
        reasons = (*reasons, Reason(code="alignment.not_found", value=prepared.found.score))
    original = in_original(prepared.found, prepared.work, prepared.view)
    return Detection(
        alignment=alignment_of(original, applied=prepared.found.model != "identity"),
        similarity=found.similarity,
        verdict=verdict,
        regions=tuple(region for region in regions if region.kept or request.keep_rejected),
        reasons=(*reasons, *found.reasons),
        method=Method.AREA_GENERATOR,
        changed=found.changed,
        models=models,
        parameters=prepared.limits,
        seconds=seconds,
    )


def _region(prepared: Prepared, area: Area) -> DetectedRegion:
    height, width = prepared.work.image1.shape[:2]
    view_height, view_width = prepared.view.image1.shape[:2]
    box = rescale(area.box, width / view_width, height / view_height, width, height)
    unrelated = () if prepared.related else (Reason(code="pair.unrelated"),)
    kept = not area.decision.drops and prepared.related
    return DetectedRegion(
        box=box,
        mask=encode_in_box(area.mask, box, width, height) if kept else None,
        difference=round(area.difference, 6),
        crop_similarity=area.similarity,
        kept=kept,
        reasons=(*area.decision.reasons, *unrelated),
        scores=area.scores,
    )


def _order(region: DetectedRegion) -> tuple[bool, float]:
    return not region.kept, -region.difference
