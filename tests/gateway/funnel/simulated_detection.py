"""Detections as its two methods compose them, over drawn scores."""

import random

import numpy as np

from imgdiff.boxes import area
from imgdiff.options import Options
from imgdiff.records import Box, Mask, Policy, Reason, Verdict
from imgdiff.rules import detection as rules
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import RegionScores
from imgdiff.rules.thresholds import Thresholds, detection_thresholds
from imgdiff.rules.verdicts import AGAINST_REGIONS, decide_verdict, explain_doubt
from imgdiff.stages import DetectedRegion, Detection
from imgdiff.whole_pair import Alignment, PairChange, PairChangeKind
from services.detection.area_generator.generator import AreaPair, generate
from services.detection.area_generator.segmentation import Segment
from services.detection.decisions.answers import rate_verdict

WIDTH, HEIGHT = 120, 80  # pixels of every image
_IDENTITY = Alignment(
    applied=False, model="identity", matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), score=1.0
)
_CALIBRATED = {"region.no_evidence": 0.5, "pair.too_different": 0.75, "pair.too_similar": 0.97, "region.overlap": 0.3}
_MIRRORED = PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text="Image 2 is mirrored.")
_DARKER = PairChange(kind=PairChangeKind.BRIGHTNESS, harmless=True, text="Image 2 is darker.")
_CODES = ("alignment.not_found", "alignment.partial", "pair.other_light", "pair.undetermined", "pair.unrelated")
_MASK = Mask(size=(HEIGHT, WIDTH), counts="")


def draw_boxes(drawn: random.Random) -> list[Box]:
    """Up to eight, of which some lie over one another."""
    boxes: list[Box] = []
    for _ in range(drawn.choice([1, 1, 1, 2, 4, 8])):
        x, y = drawn.randrange(WIDTH - 40), drawn.randrange(HEIGHT - 40)
        if boxes and drawn.random() < 0.5:
            x, y = boxes[-1][0], boxes[-1][1]
        boxes.append((x, y, x + drawn.randint(3, 40), y + drawn.randint(3, 40)))
    return boxes


def compare(drawn: random.Random, options: Options, policy: Policy) -> Detection:
    """As services/detection/decisions/answers.py composes it."""
    parameters = detection_thresholds(options.thresholds, _CALIBRATED, options.max_regions or 1)
    boxes = draw_boxes(drawn)[: drawn.choice([0, 8, 8, 8, 8, 8])]
    if drawn.random() < 0.05:
        return _identical(parameters)
    found = [_draw_scores(drawn, number, box) for number, box in enumerate(boxes)]
    alike = [round(0.7 + 0.25 * drawn.random(), 4) for _ in boxes]
    whole = round(0.7 + 0.3 * drawn.random(), 4)
    changes, uncompared = _describe_whole(drawn)
    limits = Thresholds(parameters)
    for number in rules.crops_to_compare(found, policy, limits):
        found[number] = found[number].model_copy(update={"similarity": alike[number]})
    decisions = rules.decide_compared(found, policy, limits, embeds=True)
    evidence = rules.weigh_evidence(found, policy, limits, embeds=True)
    both = zip(found, decisions, evidence, strict=True)
    regions = [_region(one, decision, uncompared, confidence) for one, decision, confidence in both]
    kept = any(one.kept for one in regions)
    if not kept:
        uncompared = (*uncompared, *explain_doubt(evidence))
    outcome, reasons = decide_verdict(kept, changes, uncompared)
    regions.sort(key=lambda one: (not one.kept, -one.difference))
    return Detection(
        seconds=0,
        alignment=_IDENTITY,
        similarity=whole,
        verdict=outcome,
        confidence=rate_verdict(outcome, evidence, kept=kept),
        regions=tuple(one for one in regions if one.kept or options.keep_rejected),
        pair_changes=changes,
        reasons=(*reasons, *uncompared, *rules.decide_pair(whole, policy, limits).reasons),
        parameters=parameters,
        method=rules.Method.COMPARISON,
    )


def _draw_scores(drawn: random.Random, number: int, box: Box) -> RegionScores:
    return RegionScores(
        number=number,
        box=box,
        difference=drawn.random(),
        share=area(box) / (WIDTH * HEIGHT),
        evidence=drawn.choice([0.5, 0.4 + drawn.random() / 2, drawn.random() / 5]),
        light=drawn.choice([None, 0.5, 3.0, 20.0]),
    )


def _identical(parameters: dict[str, float]) -> Detection:
    return Detection(
        seconds=0,
        alignment=_IDENTITY,
        similarity=1.0,
        verdict=Verdict.SAME,
        confidence=1.0,
        reasons=(Reason(code="pair.identical"),),
        parameters=parameters,
    )


def _describe_whole(drawn: random.Random) -> tuple[tuple[PairChange, ...], tuple[Reason, ...]]:
    """What differs as a whole, and why the pair was not compared, or not whole; mostly nothing."""
    changes = drawn.choice([(), (), (), (), (), (_DARKER,), (_DARKER,), (_MIRRORED,), (_DARKER, _MIRRORED)])
    codes = drawn.sample(_CODES, drawn.choice([0, 0, 0, 0, 0, 1, 1, 2]))
    return changes, tuple(Reason(code=code) for code in codes)


def _region(
    scores: RegionScores, decision: Decision, uncompared: tuple[Reason, ...], confidence: float
) -> DetectedRegion:
    against = tuple(reason for reason in uncompared if reason.code in AGAINST_REGIONS)
    return DetectedRegion(
        box=scores.box,
        mask=_MASK if decision.kept and not against else None,
        difference=round(scores.difference, 6),
        confidence=round(confidence, 4),
        crop_similarity=scores.similarity,
        kept=not decision.drops and not against,
        reasons=(*decision.reasons, *against),
        scores=scores,
    )


class _Segmenter:
    """Finds what was drawn, in image1."""

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes

    def segment(self, images: list[np.ndarray]) -> list[list[Segment]]:
        masks = [Segment(box, np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in self.boxes]
        return [masks if image[0, 0, 0] == 0 else [] for image in images]


class _Embedder:
    """A crop's direction is its mean grey level, as an angle."""

    def embed(self, crops: list[np.ndarray]) -> np.ndarray:
        angles = np.array([crop.mean() / 255 * np.pi / 2 for crop in crops])
        return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def generate_areas(drawn: random.Random, options: Options, policy: Policy) -> Detection:
    """As backend `sam` and services/detection/area_generator/answers.py have it."""
    calibrated = {"region.no_evidence": 0.05, "pair.too_different": 0.9, "pair.too_similar": 0.9995}
    limits = detection_thresholds(options.thresholds, calibrated, options.max_regions or 1)
    boxes = draw_boxes(drawn)
    image1, image2 = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image2[0, 0] = 1
    for x1, y1, x2, y2 in boxes:
        image2[y1 : max(y1 + 1, round(y1 + drawn.choice([1, 1, 0.05]) * (y2 - y1))), x1:x2] = drawn.randint(0, 160)
    changed = (image1 != image2).any(2) & (drawn.random() > 0.1)  # else noise explains every change
    pair = AreaPair(image1, image2, changed, policy, limits)
    areas = generate([pair], _Segmenter(boxes), _Embedder())[0]  # type: ignore[arg-type]  # lists for sequences
    changes, uncompared = _describe_whole(drawn)
    regions = [_region(one.scores, one.decision, uncompared, one.scores.evidence) for one in areas.areas]
    kept = any(one.kept for one in regions)
    outcome, reasons = decide_verdict(kept, changes, uncompared, searched=not areas.reasons)
    regions.sort(key=lambda one: (not one.kept, -one.difference))
    return Detection(
        seconds=0,
        alignment=_IDENTITY,
        similarity=areas.similarity,
        verdict=outcome,
        regions=tuple(one for one in regions if one.kept or options.keep_rejected),
        pair_changes=changes,
        reasons=(*reasons, *uncompared, *areas.reasons),
        parameters=limits,
        method=rules.Method.AREA_GENERATOR,
        changed=areas.changed,
    )
