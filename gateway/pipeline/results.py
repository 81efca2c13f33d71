"""What follows from a stage's answer: pairs, records, the next stages, the end of the job."""

from sqlalchemy.orm import Session

from gateway.pipeline.composition import Evidence, compose
from gateway.pipeline.work import pair_of, result_of
from gateway.store import stages
from gateway.store.requests import JobRequest
from gateway.store.stages import Waiting
from gateway.store.tables import AssetRow, JobRow, PairRow, RecordRow, StageRow
from imgdiff.frozen import Frozen
from imgdiff.gates import GATES
from imgdiff.jobs import JobKind, StageName
from imgdiff.records import AssetId, Edit, Policy, Reason, Record, RecordImage, Verdict
from imgdiff.stages import Captioning, Detection, RefusedEdit, StageReport


class StoredPair(Frozen):
    """An edited pair whose images are assets now."""

    index: int
    image1: AssetId
    image2: AssetId
    caption1: str | None
    caption2: str | None
    edit: Edit


class StoredEditing(StageReport):
    """An editing answer without its bytes, as the stage keeps it."""

    pairs: tuple[StoredPair, ...] = ()
    refused: tuple[RefusedEdit, ...] = ()


_AGAINST_A_PAIR = frozenset(gate.code for gate in GATES if gate.code.startswith("pair.") and gate.drops_when != "never")
Result = StoredEditing | Detection | Captioning


def accept(session: Session, job: JobRow, stage: StageRow, result: Result) -> list[Waiting]:
    """Write a stage's result and all that follows from it; answers the stages to be put on their queues."""
    stages.succeed(stage, result.model_dump(mode="json"))
    session.flush()
    match result:
        case StoredEditing():
            waiting = _after_editing(session, job, result)
        case Detection():
            waiting = [stages.add(session, job.id, stage.pair, StageName.CAPTIONING)]
        case Captioning():
            _after_captioning(session, job, stage.pair, result)
            waiting = []
    stages.end_if_done(session, job)
    return waiting


def _after_editing(session: Session, job: JobRow, result: StoredEditing) -> list[Waiting]:
    for refused in result.refused:
        reasons = [reason.model_dump(mode="json") for reason in refused.reasons]
        session.add(PairRow(job_id=job.id, pair=refused.index, reasons=reasons))
    for pair in result.pairs:
        session.add(
            PairRow(
                job_id=job.id, pair=pair.index, image1=pair.image1, image2=pair.image2, caption1=pair.caption1,
                caption2=pair.caption2, edit=pair.edit.model_dump(mode="json"),
            )
        )  # fmt: skip
    session.flush()
    return [stages.add(session, job.id, pair.index, StageName.DETECTION) for pair in result.pairs]


def _after_captioning(session: Session, job: JobRow, pair: int, captioning: Captioning) -> None:
    request = JobRequest.model_validate(job.request)
    row = pair_of(session, job.id, pair)
    record = compose(job.id, request, _evidence(session, job, row, captioning))
    refusal = _refusal(request, record)
    if refusal:
        row.reasons = [reason.model_dump(mode="json") for reason in refusal]
        return
    session.add(
        RecordRow(
            id=record.id, job_id=job.id, pair=pair, dataset=record.dataset, verdict=record.verdict.value,
            created_at=record.created_at, document=record.model_dump(mode="json"),
        )
    )  # fmt: skip


def _refusal(request: JobRequest, record: Record) -> tuple[Reason, ...]:
    """Why a made pair does not survive `curate`; a client's own pair always becomes a record."""
    if request.kind is not JobKind.SYNTHESIS or request.options.policy is not Policy.CURATE:
        return ()
    against = tuple(reason for reason in record.reasons if reason.code in _AGAINST_A_PAIR)
    if against or record.verdict is Verdict.DIFFERENT:
        return against
    return record.reasons or (Reason(code="pair.no_evidence"),)


def _evidence(session: Session, job: JobRow, pair: PairRow, captioning: Captioning) -> Evidence:
    return Evidence(
        image1=_image(session, pair.image1),
        image2=_image(session, pair.image2),
        caption1=pair.caption1,
        caption2=pair.caption2,
        edit=None if pair.edit is None else Edit.model_validate(pair.edit),
        detection=Detection.model_validate(result_of(session, job.id, pair.pair, StageName.DETECTION)),
        captioning=captioning,
        editing=_editing_share(session, job) if job.kind == JobKind.SYNTHESIS else None,
    )


def _editing_share(session: Session, job: JobRow) -> StageReport:
    editing = StoredEditing.model_validate(result_of(session, job.id, 0, StageName.EDITING))
    made = len(editing.pairs) + len(editing.refused)
    return StageReport(models=editing.models, parameters=editing.parameters, seconds=editing.seconds / max(made, 1))


def _image(session: Session, asset_id: str | None) -> RecordImage:
    row = session.get_one(AssetRow, asset_id)
    return RecordImage(asset=row.id, width=row.width, height=row.height)
