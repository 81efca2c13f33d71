"""Synthetic jobs, put through the services' own gates and the pipeline's own acceptance at any thresholds.

Scores are drawn at random in place of the networks' answers. All that follows is decided by the production code, so a
replay at other thresholds can be compared with what would really have happened.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

import numpy as np
from sqlalchemy.orm import Session

from gateway.pipeline import states
from gateway.pipeline.results import accept, reject
from gateway.pipeline.stage_table import STAGES, Result, StageInput, StoredEditing, StoredPair, stages_of
from gateway.store import datasets, stages
from gateway.store.histories import PairHistory, StoredStage
from gateway.store.insertion import insert_new
from gateway.store.tables import AssetRow
from gateway.store.values import JobRequest, Pair
from imgdiff.boxes import area
from imgdiff.jobs import JobKind, StageName, StageState
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import (
    Alignment,
    Box,
    Change,
    Edit,
    EditScores,
    Mask,
    Operation,
    Policy,
    Reason,
    Record,
    RecordImage,
    Scores,
    Verdict,
)
from imgdiff.rules import captioning
from imgdiff.rules import detection as rules
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import RegionScores
from imgdiff.rules.thresholds import Thresholds, captioning_thresholds, detection_thresholds
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion, Detection
from services.detection.area_generator.generator import AreaPair, generate
from services.detection.area_generator.segmentation import Segment
from services.detection.decisions.answers import rate_verdict

WIDTH, HEIGHT, ROUNDS = 120, 80, 3
ASSET = "sha256:" + "a" * 64
_IDENTITY = Alignment(
    applied=False, model="identity", matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), score=1.0
)
_CALIBRATED = {"region.no_evidence": 0.5, "pair.too_different": 0.75, "pair.too_similar": 0.97, "region.overlap": 0.3}
_MASK = Mask(size=(HEIGHT, WIDTH), counts="")


@dataclass(frozen=True)
class Scenario:
    """One job: its request, the kinds of detection and captioning that run, and the seed of the scores."""

    seed: int
    kind: JobKind = JobKind.SYNTHESIS
    policy: Policy = Policy.CURATE
    sam: bool = False
    two_stages: bool = False
    keep_rejected: bool = True
    pairs: int = 12
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def request(self) -> JobRequest:
        """The settled request."""
        options = Options(policy=self.policy, thresholds=dict(self.thresholds), keep_rejected=self.keep_rejected)
        fields = SynthesisFields(operation=Operation.REMOVE, count=self.pairs, seed=self.seed)
        synthesis = self.kind is JobKind.SYNTHESIS
        settled = options.settled(self.policy)
        if synthesis:
            return JobRequest(kind=self.kind, options=settled, image=ASSET, fields=fields)
        return JobRequest(kind=self.kind, options=settled, image1=ASSET, image2=ASSET)


def run(session: Session, scenario: Scenario, dataset: str = "default") -> str:
    """Put the job through the pipeline and return its id."""
    now = datetime.now(UTC)
    asset = {"id": ASSET, "width": WIDTH, "height": HEIGHT, "media_type": "image/png", "size": 1, "created_at": now}
    insert_new(session, AssetRow, asset)
    datasets.ensure(session, dataset)
    request = scenario.request
    request = request.model_copy(update={"options": request.options.model_copy(update={"dataset": dataset})})
    job, queued = states.submit(session, request, now + timedelta(days=1))
    while queued:
        attempt = states.begin(session, queued.pop().stage_id, 60)
        assert attempt is not None
        locked = states.lock_attempt(session, attempt)
        assert locked is not None
        place = job.id, attempt.pair
        result = _result(
            scenario, attempt.name, attempt.pair, attempt.round, partial(_read, session, *place, attempt.round)
        )
        queued += accept(session, *locked, result, ROUNDS)
    return job.id


def simulate(scenario: Scenario) -> list[PairHistory]:
    """What the store would hold of the job's pairs at its end; the same decisions without a database."""
    return [_simulate_pair(scenario, index) for index in range(scenario.request.pairs)]


def _simulate_pair(scenario: Scenario, index: int) -> PairHistory:
    request, job = scenario.request, f"job_{scenario.seed}"
    pair = Pair(index, job, index, image1=request.image1, image2=request.image2)
    stored: list[StoredStage] = []
    record: Record | None = None
    while record is None and pair.reasons is None:
        results: dict[StageName, dict[str, object]] = {}
        number = pair.round
        for name in stages_of(request.kind):
            result = _result(scenario, name, index, number, results.__getitem__)
            results[name] = result.model_dump(mode="json")
            stored.append(StoredStage(name, number, StageState.SUCCEEDED, result.model_dump_json()))
            update = STAGES[name].update_pair(StageInput(job, request, pair, results.__getitem__, _image), result)
            pair, record = update.pair, update.record
            if update.rejected:
                pair = reject(pair, name, update.rejected, ROUNDS)
                break
    return PairHistory(
        job=job,
        request=request,
        ended=True,
        round=pair.round,
        edit=None if pair.edit is None else pair.edit.model_dump(mode="json"),
        tries=[one.model_dump(mode="json") for one in pair.rejections],
        reasons=None if pair.reasons is None else [reason.model_dump(mode="json") for reason in pair.reasons],
        verdict=None if record is None else record.verdict,
        stages=stored,
    )


def _image(asset: str) -> RecordImage:
    return RecordImage(asset=asset, width=WIDTH, height=HEIGHT)


def _read(session: Session, job: str, pair: int, number: int, name: StageName) -> dict[str, object]:
    return stages.result(session, job, pair, name, number)


def _drawn(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311  for scores, not for secrets


def _result(
    scenario: Scenario, name: StageName, pair: int, number: int, read: Callable[[StageName], dict[str, object]]
) -> Result:
    """A stage's result in one round of a pair; `read` gives those of the stages before it."""
    seed = f"{scenario.seed} {pair} {number}"
    match name:
        case StageName.EDITING:
            return _editing(_drawn(seed), scenario, pair, number)
        case StageName.DETECTION:
            return (_areas if scenario.sam else _detection)(_drawn(f"{seed} detection"), scenario)
        case StageName.CAPTIONING:
            return _captioning(f"{seed} captions", scenario, Detection.model_validate(read(StageName.DETECTION)))


def _editing(drawn: random.Random, scenario: Scenario, index: int, number: int) -> StoredEditing:
    if drawn.random() < 0.2:
        codes = drawn.sample(["edit.not_confirmed", "edit.too_large", "edit.exhausted", "rewrite.no_noun"], 2)
        return StoredEditing(seconds=0.1, reasons=tuple(Reason(code=code) for code in codes))
    scores = EditScores(
        outside_psnr=drawn.choice([None, 99.0, 30 + 20 * drawn.random()]), outside_perceptual=0.07 * drawn.random()
    )
    edit = Edit(
        operation=drawn.choice([Operation.REMOVE, Operation.ADD, Operation.RECOLOUR]),
        box=_boxes(_drawn(f"{scenario.seed} {index} {number} detection"))[0],  # one of the proposals, mostly
        seed=scenario.seed,
        index=index,
        round=number,
        scores=scores,
        before="cup",
    )
    pair = StoredPair(image1=None, image2=ASSET, caption1=None, caption2=None, edit=edit)
    return StoredEditing(seconds=0.1, pair=pair, parameters={"edit.too_large": 0.3})


def _boxes(drawn: random.Random) -> list[Box]:
    """Up to eight, of which some lie over one another."""
    boxes: list[Box] = []
    for _ in range(drawn.choice([1, 1, 1, 2, 4, 8])):
        x, y = drawn.randrange(WIDTH - 40), drawn.randrange(HEIGHT - 40)
        if boxes and drawn.random() < 0.5:
            x, y = boxes[-1][0], boxes[-1][1]
        boxes.append((x, y, x + drawn.randint(3, 40), y + drawn.randint(3, 40)))
    return boxes


def _detection(drawn: random.Random, scenario: Scenario) -> Detection:
    """As services/detection/decisions/answers.py composes it."""
    options = scenario.request.options
    parameters = detection_thresholds(options.thresholds, _CALIBRATED, options.max_regions or 1)
    boxes = _boxes(drawn)[: drawn.choice([0, 8, 8, 8, 8, 8])]
    if drawn.random() < 0.05:
        return _identical(parameters)
    found = [
        RegionScores(
            number=number,
            box=box,
            difference=drawn.random(),
            share=area(box) / (WIDTH * HEIGHT),
            evidence=drawn.choice([0.5, 0.4 + drawn.random() / 2]),
        )
        for number, box in enumerate(boxes)
    ]
    alike = [round(0.7 + 0.25 * drawn.random(), 4) for _ in boxes]
    whole = round(0.7 + 0.3 * drawn.random(), 4)
    is_related = drawn.random() > 0.05
    policy, limits = scenario.policy, Thresholds(parameters)
    for number in rules.crops_to_compare(found, policy, limits):
        found[number] = found[number].model_copy(update={"similarity": alike[number]})
    decisions = rules.decide_compared(found, policy, limits, embeds=True)
    regions = [_region(one, decision, is_related) for one, decision in zip(found, decisions, strict=True)]
    outcome, reasons = rules.verdict(any(one.kept for one in regions), related=is_related)
    regions.sort(key=lambda one: (not one.kept, -one.difference))
    return Detection(
        seconds=0,
        alignment=_IDENTITY,
        similarity=whole,
        verdict=outcome,
        confidence=rate_verdict(outcome, [one.evidence for one in found]),
        regions=tuple(one for one in regions if one.kept or options.keep_rejected),
        reasons=(*reasons, *rules.decide_pair(whole, policy, limits).reasons),
        parameters=parameters,
        method=rules.Method.COMPARISON,
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


def _region(scores: RegionScores, decision: Decision, is_related: bool) -> DetectedRegion:
    unrelated = () if is_related else (Reason(code="pair.unrelated"),)
    return DetectedRegion(
        box=scores.box,
        mask=_MASK if decision.kept and is_related else None,
        difference=round(scores.difference, 6),
        confidence=round(scores.evidence, 4),
        crop_similarity=scores.similarity,
        kept=not decision.drops and is_related,
        reasons=(*decision.reasons, *unrelated),
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


def _areas(drawn: random.Random, scenario: Scenario) -> Detection:
    """As backend `sam` and services/detection/area_generator/answers.py have it."""
    options = scenario.request.options
    calibrated = {"region.no_evidence": 0.05, "pair.too_different": 0.9, "pair.too_similar": 0.9995}
    limits = detection_thresholds(options.thresholds, calibrated, options.max_regions or 1)
    boxes = _boxes(drawn)
    image1, image2 = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image2[0, 0] = 1
    for x1, y1, x2, y2 in boxes:
        image2[y1 : max(y1 + 1, round(y1 + drawn.choice([1, 1, 0.05]) * (y2 - y1))), x1:x2] = drawn.randint(0, 160)
    changed = (image1 != image2).any(2) & (drawn.random() > 0.1)  # else noise explains every change
    pair = AreaPair(image1, image2, changed, scenario.policy, limits)
    areas = generate([pair], _Segmenter(boxes), _Embedder())[0]  # type: ignore[arg-type]  # lists for sequences
    regions = [
        DetectedRegion(
            box=one.scores.box,
            mask=_MASK if one.decision.kept else None,
            difference=round(one.scores.difference, 6),
            crop_similarity=one.scores.similarity,
            kept=not one.decision.drops,
            reasons=tuple(one.decision.reasons),
            scores=one.scores,
        )
        for one in areas.areas
    ]
    outcome, reasons = rules.verdict(any(one.kept for one in regions), rejected=areas.reasons)
    regions.sort(key=lambda one: (not one.kept, -one.difference))
    return Detection(
        seconds=0,
        alignment=_IDENTITY,
        similarity=areas.similarity,
        verdict=outcome,
        regions=tuple(one for one in regions if one.kept or options.keep_rejected),
        reasons=(*reasons, *areas.reasons),
        parameters=limits,
        method=rules.Method.AREA_GENERATOR,
        changed=areas.changed,
    )


def _captioning(seed: str, scenario: Scenario, found: Detection) -> Captioning:
    """The embedded captioner asks everything, the one on a language model no more than the gates leave."""
    calibrated = {"caption.mismatch": 0.25, "caption.too_similar": 0.85}
    parameters = captioning_thresholds(scenario.thresholds, calibrated)
    limits = Thresholds(parameters)
    regions = []
    for region in found.regions:
        drawn = _drawn(f"{seed} {region.box}")
        texts = [drawn.choice(["a cup", "a dog", "a cat", None]) for _ in range(2)]
        matches = [None if text is None else round(0.15 + 0.4 * drawn.random(), 4) for text in texts]
        alike = None if None in texts else round(0.6 + 0.4 * drawn.random(), 4)
        change = drawn.choice([Change.REMOVED, Change.CHANGED, Change.ADDED])
        if not region.kept:
            regions.append(CaptionedRegion(change=Change.CHANGED, kept=False, reasons=region.reasons))
            continue
        scores = Scores(text_match1=matches[0], text_match2=matches[1])
        policy, captions = scenario.policy, (texts[0], texts[1])
        if not scenario.two_stages or not captioning.decide(captions, scores, policy, limits).drops:
            scores = scores.model_copy(update={"caption_similarity": alike})
        decision = captioning.decide(captions, scores, policy, limits, named=any(texts))
        regions.append(
            CaptionedRegion(
                change=change,
                caption1=texts[0],
                caption2=texts[1],
                scores=scores,
                kept=not decision.drops,
                reasons=(*region.reasons, *decision.reasons),
            )
        )
    return Captioning(seconds=0, regions=tuple(regions), caption="One or the other.", parameters=parameters)
