"""A pair's history as facts, and the outcomes of its attempts."""

from collections.abc import Iterator

from gateway.funnel import happened
from gateway.funnel.facts import Attempt, Captioning, Detection, PairFacts, Parameters
from gateway.funnel.steps import Outcome
from gateway.store.database import Session
from gateway.store.jobs.histories import PairHistory, Selection, StoredStage, histories
from gateway.store.values import JobRequest, Rejection
from imgdiff.composition import acceptance
from imgdiff.jobs import JobKind, StageName, StageState
from imgdiff.records import Edit, Policy


def read_outcomes(session: Session, selection: Selection) -> Iterator[tuple[PairFacts, list[Outcome]]]:
    """Every pair of a selection, with the outcome of each of its attempts."""
    for history in histories(session, selection):
        pair = facts(history)
        yield pair, [happened.outcome(pair, attempt) for attempt in pair.attempts]


def facts(history: PairHistory) -> PairFacts:
    """The pair with all its attempts, in order."""
    pair, options = history.pair, history.request.options
    rejections = {rejection.round: rejection for rejection in pair.rejections}
    attempts = []
    for number in range(pair.round + 1):
        stages = [stage for stage in history.stages if stage.round == number]
        rejection = rejections.get(number)
        edit = rejection.edit if rejection is not None else pair.edit if number == pair.round else None
        attempts.append(_attempt(history.request, stages, rejection, edit))
    return PairFacts(
        sequence=pair.sequence,
        job=pair.job_id,
        synthesis=history.request.kind is JobKind.SYNTHESIS,
        policy=options.policy or Policy.DESCRIBE,
        keep_rejected=options.keep_rejected,
        attempts=tuple(attempts),
        ended=history.ended,
        failed=any(reason.code == "pair.failed" for reason in pair.reasons or ()),
        verdict=history.verdict,
    )


def _attempt(request: JobRequest, stages: list[StoredStage], rejection: Rejection | None, edit: Edit | None) -> Attempt:
    results = {stage.name: stage.result for stage in stages if stage.state is StageState.SUCCEEDED}
    editing, detection, captioning = map(results.get, (StageName.EDITING, StageName.DETECTION, StageName.CAPTIONING))
    return Attempt(
        edit=edit,
        thresholds={} if edit is None else acceptance.thresholds(request, edit),
        states={stage.name: stage.state for stage in stages},
        detection=None if detection is None else Detection.model_validate_json(detection),
        captioning=None if captioning is None else Captioning.model_validate_json(captioning),
        editing_thresholds={} if editing is None else Parameters.model_validate_json(editing).parameters,
        rejected=None if rejection is None else (rejection.stage, tuple(reason.code for reason in rejection.reasons)),
    )
