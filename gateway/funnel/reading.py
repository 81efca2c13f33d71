"""A pair's history as facts."""

from pydantic import TypeAdapter

from gateway.funnel.facts import Attempt, Captioning, Detection, PairFacts, Parameters
from gateway.pipeline import acceptance
from gateway.store.histories import PairHistory, StoredStage
from imgdiff.frozen import Frozen
from imgdiff.jobs import JobKind, StageName, StageState
from imgdiff.records import Policy, Reason

_REASONS = TypeAdapter(tuple[Reason, ...])


class _Rejection(Frozen):
    """One entry of `PairRow.tries`."""

    round: int
    stage: StageName
    reasons: tuple[Reason, ...]
    edit: object = None


def facts(history: PairHistory) -> PairFacts:
    """The pair with all its attempts, in order."""
    options = history.request.options
    rejections = {entry.round: entry for entry in map(_Rejection.model_validate, history.tries)}
    attempts = []
    for number in range(history.round + 1):
        stages = [stage for stage in history.stages if stage.round == number]
        attempts.append(_attempt(stages, rejections.get(number), history.edit if number == history.round else None))
    return PairFacts(
        job=history.job,
        synthesis=history.request.kind is JobKind.SYNTHESIS,
        policy=options.policy or Policy.DESCRIBE,
        thresholds=acceptance.thresholds(history.request),
        keep_rejected=options.keep_rejected,
        attempts=tuple(attempts),
        ended=history.ended,
        failed=any(reason.code == "pair.failed" for reason in _REASONS.validate_python(history.reasons or ())),
        verdict=history.verdict,
    )


def _attempt(stages: list[StoredStage], rejection: _Rejection | None, edit: object) -> Attempt:
    results = {stage.name: stage.result for stage in stages if stage.state is StageState.SUCCEEDED}
    editing, detection, captioning = (results.get(name) for name in StageName)
    return Attempt(
        edit_document=edit if rejection is None else rejection.edit,
        states={stage.name: stage.state for stage in stages},
        detection=None if detection is None else Detection.model_validate_json(detection),
        captioning=None if captioning is None else Captioning.model_validate_json(captioning),
        editing_thresholds={} if editing is None else Parameters.model_validate_json(editing).parameters,
        rejected=None if rejection is None else (rejection.stage, tuple(reason.code for reason in rejection.reasons)),
    )
