"""What follows from a stage's answer: pairs, records, the next stages, another round, the end of the job."""

from sqlalchemy.orm import Session

from gateway.pipeline import acceptance
from gateway.pipeline.composition import Evidence, compose
from gateway.pipeline.rounds import not_accepted
from gateway.pipeline.work import pair_of, result_of
from gateway.store import stages
from gateway.store.requests import JobRequest
from gateway.store.stages import Waiting
from gateway.store.tables import AssetRow, JobRow, PairRow, RecordRow, StageRow
from imgdiff.frozen import Frozen
from imgdiff.jobs import JobKind, StageName
from imgdiff.records import AssetId, Edit, Policy, Reason, Record, RecordImage, Verdict
from imgdiff.rules.reasons import REASONS
from imgdiff.stages import Captioning, Detection, StageReport


class StoredPair(Frozen):
    """An edited pair whose images are assets now; `image1` is null when it is the photo that was sent."""

    image1: AssetId | None
    image2: AssetId
    caption1: str | None
    caption2: str | None
    edit: Edit


class StoredEditing(StageReport):
    """An editing answer without its bytes, as the stage keeps it."""

    pair: StoredPair | None = None
    reasons: tuple[Reason, ...] = ()


_AGAINST_A_PAIR = frozenset(
    gate.code for gate in REASONS if gate.code.startswith("pair.") and gate.drops_when != "never"
)
Result = StoredEditing | Detection | Captioning


def accept(session: Session, job: JobRow, stage: StageRow, result: Result, rounds: int) -> list[Waiting]:
    """Write a stage's result and all that follows from it; answers the stages to be put on their queues."""
    stages.succeed(stage, result.model_dump(mode="json"))
    session.flush()
    pair = pair_of(session, job.id, stage.pair)
    following: StageName | None = None
    match result:
        case StoredEditing():
            following, against = StageName.DETECTION, _after_editing(job, pair, result)
        case Detection():
            following, against = StageName.CAPTIONING, _after_detection(job, pair, result)
        case Captioning():
            against = _after_captioning(session, job, pair, result)
    waiting: list[Waiting] = []
    if against:
        not_accepted(pair, StageName(stage.name), against, rounds)
    elif following is not None:
        waiting.append(stages.add(session, job.id, pair.pair, following, pair.round))
    return waiting + stages.go_on(session, job)


def _after_editing(job: JobRow, pair: PairRow, editing: StoredEditing) -> tuple[Reason, ...]:
    """Why there is no pair, or nothing."""
    made = editing.pair
    if made is None:
        return editing.reasons
    pair.image1 = made.image1 or JobRequest.model_validate(job.request).image
    pair.image2, pair.caption1, pair.caption2 = made.image2, made.caption1, made.caption2
    pair.edit = made.edit.model_dump(mode="json")
    return ()


def _after_detection(job: JobRow, pair: PairRow, detection: Detection) -> tuple[Reason, ...]:
    """Why the pair is not what was ordered, under `curate`; it need not be captioned then."""
    if pair.edit is None:
        return ()
    edit = acceptance.measured(Edit.model_validate(pair.edit), detection.regions)
    pair.edit = edit.model_dump(mode="json")
    request = JobRequest.model_validate(job.request)
    if request.options.policy is not Policy.CURATE:
        return ()
    thresholds = acceptance.asked(request)
    void = acceptance.superseded(edit.scores, thresholds)
    against = tuple(one for one in detection.reasons if one.code in _AGAINST_A_PAIR and one.code not in void)
    if detection.verdict is not Verdict.DIFFERENT and not against:
        against = detection.reasons or (Reason(code="pair.no_evidence"),)
    return against or acceptance.against(edit.scores, thresholds)


def _after_captioning(session: Session, job: JobRow, pair: PairRow, captioning: Captioning) -> tuple[Reason, ...]:
    """Why the record does not survive, or nothing once it is written."""
    request = JobRequest.model_validate(job.request)
    record = compose(job.id, request, _evidence(session, job, pair, captioning))
    refusal = _refusal(request, record, captioning)
    if refusal:
        return refusal
    session.add(
        RecordRow(
            id=record.id, job_id=job.id, pair=pair.pair, dataset=record.dataset, verdict=record.verdict.value,
            created_at=record.created_at, document=record.model_dump(mode="json"),
        )
    )  # fmt: skip
    return ()


def _refusal(request: JobRequest, record: Record, captioning: Captioning) -> tuple[Reason, ...]:
    """Why a made pair does not survive `curate`; a client's own pair always becomes a record."""
    edit = record.source.edit
    if edit is None or request.options.policy is not Policy.CURATE:
        return ()
    if record.verdict is not Verdict.DIFFERENT:
        return record.reasons or (Reason(code="pair.no_evidence"),)
    return acceptance.contradicted(edit, captioning.regions)


def _evidence(session: Session, job: JobRow, pair: PairRow, captioning: Captioning) -> Evidence:
    return Evidence(
        image1=_image(session, pair.image1),
        image2=_image(session, pair.image2),
        caption1=pair.caption1,
        caption2=pair.caption2,
        edit=None if pair.edit is None else Edit.model_validate(pair.edit),
        detection=Detection.model_validate(result_of(session, job.id, pair.pair, StageName.DETECTION, pair.round)),
        captioning=captioning,
        editing=_editing(session, job, pair) if job.kind == JobKind.SYNTHESIS else None,
    )


def _editing(session: Session, job: JobRow, pair: PairRow) -> StageReport:
    done = StoredEditing.model_validate(result_of(session, job.id, pair.pair, StageName.EDITING, pair.round))
    return StageReport(models=done.models, parameters=done.parameters, seconds=done.seconds)


def _image(session: Session, asset_id: str | None) -> RecordImage:
    row = session.get_one(AssetRow, asset_id)
    return RecordImage(asset=row.id, width=row.width, height=row.height)
