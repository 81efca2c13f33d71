"""Generated pairs: what a maker needs to know is asked, the pairs are made in batches, the best candidates kept."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from imgdiff.errors import ImgdiffError, InvalidRequest, WorkCancelled
from imgdiff.records import ModelUse, Reason
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.generation.candidates import Likeness, choose_best
from services.editing.generation.judging import Judges, build_pair
from services.editing.generation.pairs import Candidate, GeneratedPair, PairMaker, PlannedPair
from services.editing.limits import PAIR_THRESHOLDS
from services.editing.rewriting.rewrite import Rewrite, Rewriter, RewriteRequest
from services.editing.schema import EditWork
from services.serving.engine import MODEL_FAILED, Ticket
from services.serving.isolation import isolate

NO_JUDGES = Judges()


@dataclass(frozen=True)
class _Job(Generic[Candidate]):
    """A request with its plan."""

    work: EditWork
    plan: PlannedPair[Candidate]
    cancelled: Callable[[], bool]


@dataclass(frozen=True)
class _Judged:
    """A generated pair, and CLIP's scores where there is CLIP."""

    pair: GeneratedPair
    likeness: Likeness | None


_Made = _Judged | Reason | None


class PairGenerator(Generic[Candidate]):
    """Answers the requests that its maker accepts; more than one candidate needs CLIP."""

    def __init__(self, maker: PairMaker[Candidate], rewriter: Rewriter, judges: Judges = NO_JUDGES) -> None:
        if maker.candidates > 1 and judges.clip is None:
            raise ValueError("several candidates need CLIP to choose among them")
        self._maker, self._rewriter, self._judges = maker, rewriter, judges
        judge = () if judges.clip is None else judges.clip.models
        self.models: tuple[ModelUse, ...] = (*maker.models, *rewriter.models, *judge)

    def accepts(self, work: EditWork) -> bool:
        """Whether it answers the request."""
        return self._maker.accepts(work)

    def warm_up(self) -> None:
        """Make one batch of pairs and judge them."""
        for pair in self._maker.warm_up():
            if isinstance(pair, GeneratedPair):
                self._judges.warm_up(pair)

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        started = time.perf_counter()
        try:
            jobs = self._plan(batch)
        except ImgdiffError as error:  # the rewriter's model is unavailable
            return [error] * len(batch)
        try:
            made = self._make([job for job in jobs if isinstance(job, _Job)])
        except ImgdiffError as error:  # the device's memory is too small, whatever the pairs are
            return [error if isinstance(job, _Job) else job for job in jobs]
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        answers: list[Editing | ImgdiffError] = []
        for job in jobs:
            if isinstance(job, _Job):
                own, made = made[: len(job.plan.candidates)], made[len(job.plan.candidates) :]
                answers.append(isolate(MODEL_FAILED, partial(self._answer, job, own, seconds)))
            else:
                answers.append(job)
        return answers

    def _plan(self, batch: Sequence[Ticket[EditWork]]) -> list[_Job[Candidate] | Editing | ImgdiffError]:
        """A job for each ticket, or its answer if there is nothing to make."""
        asked = [isolate(MODEL_FAILED, partial(self._ask, ticket.work)) for ticket in batch]
        answers = iter(self._rewriter.rewrite([each for each in asked if isinstance(each, RewriteRequest)]))
        found = [next(answers) if isinstance(each, RewriteRequest) else each for each in asked]
        return [
            isolate(MODEL_FAILED, partial(self._plan_pair, ticket, answer))
            for ticket, answer in zip(batch, found, strict=True)
        ]

    def _ask(self, work: EditWork) -> RewriteRequest | Reason | None:
        if work.image is None and work.request.caption is None:
            raise InvalidRequest.at("/request/caption", "missing", "a caption to start from is required")
        return self._maker.ask(work)

    def _plan_pair(
        self, ticket: Ticket[EditWork], answer: Rewrite | Reason | ImgdiffError | None
    ) -> _Job[Candidate] | Editing | ImgdiffError:
        if isinstance(answer, ImgdiffError):
            return answer
        cancellation = ticket.cancellation

        def cancelled() -> bool:
            return cancellation.cancelled

        plan = answer if isinstance(answer, Reason) else self._maker.plan(ticket.work, answer, cancelled)
        if isinstance(plan, Reason):
            return Editing(reasons=(plan,), models=self.models, seconds=0)
        return _Job(ticket.work, plan, cancelled)

    def _make(self, jobs: Sequence[_Job[Candidate]]) -> list[_Made]:
        """One for each candidate of all jobs, judged in one batch; raises ServiceUnavailable."""
        owners = [job for job in jobs for _ in job.plan.candidates]
        found = self._maker.make([candidate for job in jobs for candidate in job.plan.candidates])
        made: list[_Made] = [
            _Judged(one, None) if isinstance(one, GeneratedPair) and not job.cancelled() else _without_pair(one)
            for one, job in zip(found, owners, strict=True)
        ]
        if self._judges.clip is None:
            return made
        judged = {number: one.pair for number, one in enumerate(made) if isinstance(one, _Judged)}
        captions = [(owners[number].plan.captions[0] or "", owners[number].plan.captions[1] or "") for number in judged]
        scores = self._judges.clip([(pair.image1, pair.image2) for pair in judged.values()], captions)
        for (number, pair), score in zip(judged.items(), scores, strict=True):
            made[number] = _Judged(pair, score)
        return made

    def _answer(self, job: _Job[Candidate], made: Sequence[_Made], seconds: float) -> Editing | ImgdiffError:
        if job.cancelled() or None in made:
            return WorkCancelled("the caller has gone")
        numbered = [(number, one) for number, one in enumerate(made) if isinstance(one, _Judged)]
        parameters = _choose_thresholds(job.work.request) if self._judges.clip else {}
        likeness = [one.likeness for _, one in numbered if one.likeness is not None]
        chosen = choose_best(likeness, parameters) if likeness else 0
        result: EditedPair | tuple[Reason, ...]
        if not numbered:
            result = tuple(dict.fromkeys(one for one in made if isinstance(one, Reason)))
        elif isinstance(chosen, int):
            number, best = numbered[chosen]
            parameters |= job.plan.parameters[number]
            parameters |= _list_scores(number, likeness[chosen]) if likeness else {}
            result = build_pair(job.work, job.plan, best.pair, self._judges)
        else:
            result = chosen
        pair, reasons = (result, ()) if isinstance(result, EditedPair) else (None, result)
        return Editing(pair=pair, reasons=reasons, models=self.models, parameters=parameters, seconds=seconds)


def _without_pair(one: GeneratedPair | Reason | None) -> Reason | None:
    """A reason stays one; the pair of a caller who has gone is dropped."""
    return one if isinstance(one, Reason) else None


def _choose_thresholds(request: EditingRequest) -> dict[str, float]:
    return PAIR_THRESHOLDS | {code: value for code, value in request.thresholds.items() if code in PAIR_THRESHOLDS}


def _list_scores(chosen: int, likeness: Likeness) -> dict[str, float]:
    """The parameters that a record reports of the chosen candidate."""
    return {
        "p2p.candidate": chosen,
        "clip.caption1": likeness.caption1,
        "clip.caption2": likeness.caption2,
        "clip.direction": likeness.direction,
        "clip.images": likeness.images,
    }
