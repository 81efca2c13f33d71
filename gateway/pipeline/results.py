"""What follows from a stage's result: the pair, its record, the next stage or round, the end of the job."""

from gateway.pipeline import states
from gateway.pipeline.rounds import reject
from gateway.pipeline.stage_inputs import read_input
from gateway.pipeline.stage_table import STAGES, Result, next_stage
from gateway.store import pairs, records, stages
from gateway.store.database import Session
from gateway.store.values import QueuedStage, Stage, StoredJob


def accept(session: Session, job: StoredJob, stage: Stage, result: Result, max_rounds: int) -> list[QueuedStage]:
    """Write a stage's result and all that follows from it; returns the stages to put on their queues."""
    stages.succeed(session, stage, result.model_dump(mode="json"))
    inputs = read_input(session, job.request, stage)
    accepted = STAGES[stage.name].accept(inputs, result)
    if accepted.rejected:
        pairs.save(session, reject(accepted.pair, stage.name, accepted.rejected, max_rounds))
        return states.advance(session, job)
    if accepted.pair != inputs.pair:
        pairs.save(session, accepted.pair)
    if accepted.record is not None:
        records.add(session, job.id, stage.pair, accepted.record)
    following = next_stage(job.kind, stage.name)
    queued = [] if following is None else [stages.add(session, job.id, stage.pair, following, stage.round)]
    return queued + states.advance(session, job)
