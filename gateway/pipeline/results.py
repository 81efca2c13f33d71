"""What follows from a stage's result: the pair, its record, the next stage or round, the end of the job."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.pipeline import states
from gateway.pipeline.stage_inputs import read_input
from gateway.pipeline.stage_table import STAGES, PairUpdate, Result, next_stage
from gateway.store import records
from gateway.store.database import Session
from gateway.store.jobs import pairs, stages
from gateway.store.scenes.changes import PairChanges
from gateway.store.scenes.repeats import find_repeated
from gateway.store.scenes.settling import settle_scene
from gateway.store.values import Pair, QueuedStage, Rejection, Stage, StoredJob
from gateway.store.webhooks import outbox
from imgdiff.composition.acceptance import is_permanent
from imgdiff.jobs import JobKind, StageName
from imgdiff.records import Policy, Reason, Record
from imgdiff.rules.thresholds import DUPLICATE, duplicate_threshold
from imgdiff.webhooks.documents import EventType


def accept(session: Session, job: StoredJob, stage: Stage, result: Result, max_rounds: int) -> list[QueuedStage]:
    """Write a stage's result and all that follows from it; returns the stages to put on their queues."""
    stages.succeed(session, stage, result.model_dump_json())
    inputs = read_input(session, job.request, stage)
    update = STAGES[stage.name].update_pair(inputs, result)
    if update.record is not None and update.changes is not None:
        update = _settle_record(session, job, update, update.record, update.changes)
    if update.rejected:
        rounds = max_rounds if job.kind is JobKind.SYNTHESIS else 1
        pairs.save(session, reject(update.pair, stage.name, update.rejected, rounds))
        return states.advance(session, job)
    if update.pair != inputs.pair:
        pairs.save(session, update.pair)
    if update.record is not None:
        records.add(session, job.id, stage.pair, update.record, update.changes, job.request.tenant)
        webhook = job.request.options.webhook
        outbox.note(session, job.request.tenant, EventType.RECORD_CREATED, update.record.id, webhook)
    following = next_stage(job.kind, stage.name)
    queued = [] if following is None else [stages.add(session, job, stage.pair, following, stage.round)]
    return queued + states.advance(session, job)


def _settle_record(
    session: Session, job: StoredJob, update: PairUpdate, record: Record, changes: PairChanges
) -> PairUpdate:
    """The record with its scene. Under `curate` it is rejected if it repeats one of its dataset, which is locked."""
    scene = settle_scene(session, record.image1.asset, record.image2.asset, job.request.tenant)
    record = record.model_copy(update={"scene": scene})
    records.lock_dataset(session, job.dataset)
    value, repeated = find_repeated(session, job.dataset, record, changes)
    threshold = duplicate_threshold(job.request.options.thresholds)
    if value <= threshold:
        return replace(update, record=record)
    reason = Reason(code=DUPLICATE, value=value, threshold=threshold, record=repeated)
    if job.request.options.policy is Policy.CURATE:
        return PairUpdate(update.pair, (reason,))
    return replace(update, record=record.model_copy(update={"reasons": (*record.reasons, reason)}))


def reject(pair: Pair, name: StageName, reasons: Sequence[Reason], max_rounds: int) -> Pair:
    """The pair as it waits for its next round, or given up; `name` is the stage whose result led to this."""
    rejections = (*pair.rejections, Rejection(round=pair.round, stage=name, reasons=tuple(reasons), edit=pair.edit))
    if pair.round + 1 < max_rounds and not any(is_permanent(reason) for reason in reasons):
        return Pair(pair.sequence, pair.job_id, pair.index, pair.round + 1, rejections=rejections)
    distinct = dict.fromkeys(reason for one in rejections for reason in one.reasons)
    return replace(pair, rejections=rejections, reasons=tuple(distinct))
