"""A pair's history as facts."""

from pydantic import TypeAdapter

from gateway.funnel.facts import Found, PairFacts, Parameters, Told, Try
from gateway.pipeline import acceptance
from gateway.store.histories import PairHistory, StoredStage
from imgdiff.frozen import Frozen
from imgdiff.jobs import JobKind, StageName, StageState
from imgdiff.records import Policy, Reason

_REASONS = TypeAdapter(tuple[Reason, ...])


class _Refusal(Frozen):
    """One entry of `PairRow.tries`."""

    round: int
    stage: StageName
    reasons: tuple[Reason, ...]
    edit: object = None


def facts(history: PairHistory) -> PairFacts:
    """All tries of the pair, in order."""
    options = history.request.options
    refusals = {one.round: one for one in map(_Refusal.model_validate, history.tries)}
    tries = []
    for number in range(history.round + 1):
        stages = [stage for stage in history.stages if stage.round == number]
        tries.append(_try(stages, refusals.get(number), history.edit if number == history.round else None))
    return PairFacts(
        job=history.job,
        synthesis=history.request.kind is JobKind.SYNTHESIS,
        policy=options.policy or Policy.DESCRIBE,
        thresholds=acceptance.asked(history.request),
        keep_rejected=options.keep_rejected,
        tries=tuple(tries),
        pixels=history.pixels,
        ended=history.ended,
        failed=any(one.code == "pair.failed" for one in _REASONS.validate_python(history.reasons or ())),
        verdict=history.verdict,
    )


def _try(stages: list[StoredStage], refusal: _Refusal | None, edit: object) -> Try:
    results = {stage.name: stage.result for stage in stages if stage.state is StageState.SUCCEEDED}
    making, found, told = (results.get(name) for name in StageName)
    return Try(
        edit_document=edit if refusal is None else refusal.edit,
        states={stage.name: stage.state for stage in stages},
        found=None if found is None else Found.model_validate_json(found),
        told=None if told is None else Told.model_validate_json(told),
        making={} if making is None else Parameters.model_validate_json(making).parameters,
        ended=None if refusal is None else (refusal.stage, tuple(reason.code for reason in refusal.reasons)),
    )
