"""The answer of the Difference Area Generator: decided areas become regions in image1's own pixels."""

from imgdiff.records import ModelUse, Reason
from imgdiff.rules.detection import Method
from imgdiff.rules.verdicts import AGAINST_REGIONS, decide_verdict
from imgdiff.stages import DetectedRegion, Detection
from services.detection.area_generator.generator import Area, Areas
from services.detection.pair import Pair
from services.imaging.masks import encode_in_box


def answer(
    pair: Pair,
    thresholds: dict[str, float],
    found: Areas,
    models: tuple[ModelUse, ...],
    seconds: float,
    unmatched: tuple[Reason, ...] = (),
) -> Detection:
    """One pair's answer; `seconds` is its share of the batch, `unmatched` why its areas were not matched."""
    uncompared = pair.explain_comparison(found.similarity)
    against = tuple(reason for reason in uncompared if reason.code in AGAINST_REGIONS)
    regions = sorted((_make_region(pair, area, against) for area in found.areas), key=_order)
    kept, changes = any(region.kept for region in regions), pair.statements.changes
    verdict, reasons = decide_verdict(kept, changes, uncompared, searched=not found.reasons)
    return Detection(
        alignment=pair.alignment,
        similarity=found.similarity,
        verdict=verdict,
        regions=tuple(region for region in regions if region.kept or pair.work.request.keep_rejected),
        pair_changes=changes,
        reasons=(*reasons, *uncompared, *found.reasons, *(unmatched if found.areas else ())),
        method=Method.AREA_GENERATOR,
        changed=found.changed,
        models=models,
        parameters=thresholds,
        seconds=seconds,
    )


def _make_region(pair: Pair, area: Area, against: tuple[Reason, ...]) -> DetectedRegion:
    height, width = pair.work.image1.shape[:2]
    box = pair.to_original(area.scores.place)
    kept = not area.decision.drops and not against
    return DetectedRegion(
        box=box,
        box2=pair.to_image2(box),
        mask=encode_in_box(area.mask, box, width, height) if kept else None,
        difference=round(area.scores.difference, 6),
        crop_similarity=area.scores.similarity,
        kept=kept,
        reasons=(*area.decision.reasons, *against),
        scores=area.scores,
    )


def _order(region: DetectedRegion) -> tuple[bool, float]:
    return not region.kept, -region.difference
