"""Synthetic jobs, put through the services' own gates and the pipeline's own acceptance at any thresholds.

Scores are drawn at random in place of the networks' answers. All that follows is decided by the production code, so a
replay at other thresholds can be compared with what would really have happened.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

from sqlalchemy.orm import Session

from gateway.pipeline import states
from gateway.pipeline.results import accept, reject
from gateway.pipeline.stage_table import STAGES, Result, StageInput, StoredEditing, StoredPair, stages_of
from gateway.store import datasets
from gateway.store.insertion import insert_new
from gateway.store.jobs import stages
from gateway.store.jobs.histories import PairHistory, StoredStage
from gateway.store.tables import AssetRow
from gateway.store.values import JobRequest, Pair
from imgdiff.boxes import iou
from imgdiff.jobs import JobKind, StageName, StageState
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Change, Edit, EditScores, Operation, Policy, Reason, Record, RecordImage, Scores
from imgdiff.rules import captioning
from imgdiff.rules.thresholds import Thresholds, captioning_thresholds, question_thresholds
from imgdiff.stages import AskedObject, CaptionedRegion, Captioning, DescribedObject, Detection
from tests.gateway.funnel.simulated_detection import HEIGHT, WIDTH, compare, draw_boxes, generate_areas

ROUNDS = 3
ASSET = "sha256:" + "a" * 64


@dataclass(frozen=True)
class Scenario:
    """One job: its request, the kinds of detection and captioning that run, and the seed of the scores.

    `found` gives detection's answer, where scores are not to be drawn.
    """

    seed: int
    kind: JobKind = JobKind.SYNTHESIS
    policy: Policy = Policy.CURATE
    sam: bool = False
    two_stages: bool = False
    keep_rejected: bool = True
    pairs: int = 12
    thresholds: Mapping[str, float] = field(default_factory=dict)
    found: Callable[[Options], Detection] | None = None

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


def run(session: Session, scenario: Scenario, dataset: str = "default", steps: int | None = None) -> str:
    """Put the job through the pipeline, or only through so many stages of its pairs, and return its id."""
    now = datetime.now(UTC)
    asset = {"id": ASSET, "width": WIDTH, "height": HEIGHT, "media_type": "image/png", "size": 1, "created_at": now}
    insert_new(session, AssetRow, asset)
    datasets.ensure(session, dataset)
    request = scenario.request
    request = request.model_copy(update={"options": request.options.model_copy(update={"dataset": dataset})})
    job, queued = states.submit(session, request, now + timedelta(days=1))
    while queued and steps != 0:
        steps = None if steps is None else steps - 1
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
        pair=pair, request=request, ended=True, verdict=None if record is None else record.verdict, stages=stored
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
        case StageName.DETECTION if scenario.found is not None:
            return scenario.found(scenario.request.options)
        case StageName.DETECTION:
            detect = generate_areas if scenario.sam else compare
            return detect(_drawn(f"{seed} detection"), scenario.request.options, scenario.policy)
        case StageName.CAPTIONING:
            found = Detection.model_validate(read(StageName.DETECTION))
            answer = _captioning(f"{seed} captions", scenario, found)
            if scenario.kind is not JobKind.SYNTHESIS:
                return answer
            pair = StoredEditing.model_validate(read(StageName.EDITING)).pair
            asked = None if pair is None else AskedObject.of(pair.edit)
            return answer if asked is None else _describe(f"{seed} question", scenario, asked, found, answer)


def _editing(drawn: random.Random, scenario: Scenario, index: int, number: int) -> StoredEditing:
    if drawn.random() < 0.2:
        codes = drawn.sample(["edit.not_confirmed", "edit.too_large", "edit.exhausted", "rewrite.no_noun"], 2)
        return StoredEditing(seconds=0.1, reasons=tuple(Reason(code=code) for code in codes))
    scores = EditScores(
        outside_psnr=drawn.choice([None, 99.0, 30 + 20 * drawn.random()]), outside_perceptual=0.07 * drawn.random()
    )
    edit = Edit(
        operation=drawn.choice([Operation.REMOVE, Operation.ADD, Operation.RECOLOUR]),
        box=draw_boxes(_drawn(f"{scenario.seed} {index} {number} detection"))[0],  # one of the proposals, mostly
        seed=scenario.seed,
        index=index,
        round=number,
        scores=scores,
        before="cup",
        regenerated=_drawn(f"{scenario.seed} {index} {number} made").random() < 0.4,
    )
    pair = StoredPair(image1=None, image2=ASSET, caption1=None, caption2=None, edit=edit)
    return StoredEditing(seconds=0.1, pair=pair, parameters={"edit.too_large": 0.3})


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


def _describe(seed: str, scenario: Scenario, asked: AskedObject, found: Detection, answer: Captioning) -> Captioning:
    """The object of the question is described by the kept region at its place, else by its noun."""
    both = zip(found.regions, answer.regions, strict=True)
    overlaps = {region.place: iou(region.place, asked.box) for region, captioned in both if captioned.kept}
    best = max(overlaps, key=lambda box: overlaps[box], default=None)
    drawn = _drawn(f"{seed} {best if best is not None and overlaps[best] >= 0.4 else asked.noun}")
    shown, erased = round(0.34 + 0.4 * drawn.random(), 4), round(0.204 * drawn.random(), 4)
    parameters = question_thresholds(scenario.thresholds, {})
    reasons = captioning.decide_question(shown, erased, Thresholds(parameters)).reasons
    described = DescribedObject(description="a cup", match_shown=shown, match_erased=erased, reasons=tuple(reasons))
    return answer.model_copy(update={"described": described, "parameters": answer.parameters | parameters})
