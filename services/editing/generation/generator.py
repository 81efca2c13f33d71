"""Pairs generated from captions: the captions are edited, the pairs sampled in batches, the best candidates kept."""

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from imgdiff.errors import ImgdiffError, InvalidRequest, WorkCancelled
from imgdiff.images import encode_png
from imgdiff.records import EditScores, ModelUse, Operation, Reason
from imgdiff.seeds import derive
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.generation.prompt_to_prompt.candidates import Likeness, choose_best, draw_self_shares
from services.editing.generation.prompt_to_prompt.changes import find_change
from services.editing.generation.prompt_to_prompt.pairs import GeneratedPair, PairJudge, PairMaker, PairRequest
from services.editing.generation.prompt_to_prompt.planning import Kind, plan_edit
from services.editing.generation.prompt_to_prompt.plans import PairPlan
from services.editing.generation.prompt_to_prompt.words import Tokenise, is_change_cut_off
from services.editing.limits import LEAST_PIXEL_CHANGE, PAIR_THRESHOLDS
from services.editing.operations.edit_scores import describe_edit, score_edit
from services.editing.photo.labels import label_of
from services.editing.photo.scene import Detector
from services.editing.rewriting.rewrite import Rewrite, Rewriter, RewriteRequest
from services.editing.schema import EditWork
from services.imaging.arrays import Flags
from services.imaging.masks import bounds
from services.networks.perceptual import Lpips
from services.serving.engine import Ticket


@dataclass(frozen=True)
class Prompting:
    """How attention is shared; see the settings of the same names."""

    kind: Kind = "refine"
    self_share: float = 0.4
    cross_share: float = 1.0
    cross_shares: Mapping[Operation, float] = field(default_factory=dict)
    weight: float = 1.0
    candidates: int = 1


@dataclass(frozen=True)
class Judges:
    """What scores generated pairs: CLIP chooses a candidate, the detector finds the nouns, LPIPS measures the rest."""

    clip: PairJudge | None = None
    detector: Detector | None = None
    lpips: Lpips | None = None


NO_JUDGES = Judges()
_UNREAD = Reason(code="edit.unread")


@dataclass(frozen=True)
class _Plan:
    """A request with its captions and the candidates for its pair."""

    request: EditingRequest
    captions: Rewrite
    candidates: tuple[PairRequest, ...]
    cancelled: Callable[[], bool]


@dataclass(frozen=True)
class _Candidate:
    """A generated pair, and CLIP's scores where there is CLIP."""

    pair: GeneratedPair
    likeness: Likeness | None


class PairGenerator:
    """Answers requests that have a caption; more than one candidate needs CLIP."""

    def __init__(
        self,
        make: PairMaker,
        tokenisers: Sequence[Tokenise],
        rewriter: Rewriter,
        prompting: Prompting,
        judges: Judges = NO_JUDGES,
    ) -> None:
        if prompting.candidates > 1 and judges.clip is None:
            raise ValueError("several candidates need CLIP to choose among them")
        self._make, self._tokenisers, self._rewriter = make, tokenisers, rewriter
        self._prompting, self._judges = prompting, judges
        judge = () if judges.clip is None else judges.clip.models
        self.models: tuple[ModelUse, ...] = (*make.models, *rewriter.models, *judge)

    def warm_up(self) -> None:
        """Make one batch of pairs and judge them."""
        edit = plan_edit("a cat", "a dog", self._tokenisers, nouns=("cat", "dog"))
        for pair in self._make([PairRequest("a cat", "a dog", PairPlan(edit), 0)]):
            if pair is not None and self._judges.clip is not None:
                self._judges.clip([(pair.image1, pair.image2)], [("a cat", "a dog")])
            if pair is not None and self._judges.lpips is not None:
                self._judges.lpips(pair.image1, pair.image2)

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        started = time.perf_counter()
        try:
            plans = self._plan(batch)
        except ImgdiffError as error:  # the rewriter's model is unavailable
            return [error] * len(batch)
        requests = [candidate for plan in plans if isinstance(plan, _Plan) for candidate in plan.candidates]
        try:
            made = self._generate(requests)
        except ImgdiffError as error:  # the device's memory is too small, whatever the pairs are
            return [error if isinstance(plan, _Plan) else plan for plan in plans]
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        answers: list[Editing | ImgdiffError] = []
        for plan in plans:
            if isinstance(plan, _Plan):
                own, made = made[: len(plan.candidates)], made[len(plan.candidates) :]
                answers.append(self._answer(plan, own, seconds))
            else:
                answers.append(plan)
        return answers

    def _generate(self, requests: Sequence[PairRequest]) -> list[_Candidate | None]:
        """The pairs that are not cancelled, judged in one batch; raises ServiceUnavailable."""
        made = zip(requests, self._make(requests), strict=True)
        kept = {number: item for number, item in enumerate(made) if item[1] is not None and not item[0].cancelled()}
        pairs = [pair for _, pair in kept.values() if pair is not None]
        found: Sequence[Likeness | None] = [None] * len(pairs)
        if self._judges.clip is not None:
            captions = [(request.caption1, request.caption2) for request, _ in kept.values()]
            found = self._judges.clip([(pair.image1, pair.image2) for pair in pairs], captions)
        judged = dict(zip(kept, map(_Candidate, pairs, found), strict=True))
        return [judged.get(number) for number in range(len(requests))]

    def _plan(self, batch: Sequence[Ticket[EditWork]]) -> list[_Plan | Editing | ImgdiffError]:
        """A plan for each ticket, or its answer if there is nothing to generate."""
        wanted = [_build_rewrite_request(ticket.work.request) for ticket in batch]
        rewritten = iter(self._rewriter.rewrite([request for request in wanted if request is not None]))
        plans: list[_Plan | Editing | ImgdiffError] = []
        for ticket, request in zip(batch, wanted, strict=True):
            captions = None if request is None else next(rewritten)
            if isinstance(captions, Rewrite):
                cut_off = is_change_cut_off(captions.caption1, captions.caption2, self._tokenisers)
                captions = _UNREAD if cut_off else captions
            if captions is None:
                plans.append(InvalidRequest.at("/request/caption", "missing", "a caption to start from is required"))
            elif isinstance(captions, Reason):
                plans.append(Editing(reasons=(captions,), models=self.models, seconds=0))
            else:
                plans.append(self._plan_pair(ticket, captions))
        return plans

    def _plan_pair(self, ticket: Ticket[EditWork], captions: Rewrite) -> _Plan:
        request, chosen = ticket.work.request, self._prompting
        edit = plan_edit(
            captions.caption1,
            captions.caption2,
            self._tokenisers,
            kind=chosen.kind,
            nouns=(captions.before, captions.after),
            weight=chosen.weight,
        )
        seeds = [_derive_seed(request, "noise", number) for number in range(chosen.candidates)]
        shares = draw_self_shares(chosen.candidates, chosen.self_share, _derive_seed(request, "shares"))
        cross = chosen.cross_shares.get(request.operation, chosen.cross_share)
        cancellation = ticket.cancellation

        def cancelled() -> bool:
            return cancellation.cancelled

        candidates = tuple(
            PairRequest(captions.caption1, captions.caption2, PairPlan(edit, share, cross), seed, cancelled)
            for share, seed in zip(shares, seeds, strict=True)
        )
        return _Plan(request, captions, candidates, cancelled)

    def _answer(self, plan: _Plan, made: Sequence[_Candidate | None], seconds: float) -> Editing | ImgdiffError:
        candidates = [candidate for candidate in made if candidate is not None]
        if plan.cancelled() or len(candidates) < len(made):
            return WorkCancelled("the caller has gone")
        parameters = _choose_thresholds(plan.request) if self._judges.clip else {}
        likeness = [candidate.likeness for candidate in candidates if candidate.likeness is not None]
        chosen = choose_best(likeness, parameters) if likeness else 0
        result: EditedPair | tuple[Reason, ...]
        if isinstance(chosen, int):
            shares = plan.candidates[chosen].plan
            parameters |= {"p2p.self_share": shares.self_share, "p2p.cross_share": shares.cross_share}
            parameters |= _list_scores(chosen, likeness[chosen]) if likeness else {}
            result = _build_pair(plan, candidates[chosen].pair, self._judges)
        else:
            result = chosen
        pair, reasons = (result, ()) if isinstance(result, EditedPair) else (None, result)
        return Editing(pair=pair, reasons=reasons, models=self.models, parameters=parameters, seconds=seconds)


def _derive_seed(request: EditingRequest, *parts: int | str) -> int:
    return derive(request.seed, request.index, request.round, *parts)


def _build_rewrite_request(request: EditingRequest) -> RewriteRequest | None:
    if request.caption is None:
        return None
    seed = _derive_seed(request, "caption")
    return RewriteRequest(request.caption, request.operation, request.target, request.replacement, seed)


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


def _build_pair(plan: _Plan, made: GeneratedPair, judges: Judges) -> EditedPair | tuple[Reason, ...]:
    """The answer's pair; its mask is that of local blend, if there is one, else where the pixels differ."""
    blended = made.blended
    mask = find_change(made.image1, made.image2) if blended is None or blended.all() else blended
    if mask is None or not mask.any():
        return (Reason(code="edit.not_confirmed", value=0.0, threshold=LEAST_PIXEL_CHANGE),)
    request, captions = plan.request, plan.captions
    scores = _score_pair(made, mask, captions, judges)
    edit = describe_edit(request, mask, captions.before, captions.after, scores, regenerated=True)
    image1, image2 = (base64.b64encode(encode_png(image)) for image in (made.image1, made.image2))
    return EditedPair(image1=image1, image2=image2, caption1=captions.caption1, caption2=captions.caption2, edit=edit)


def _score_pair(made: GeneratedPair, mask: Flags, captions: Rewrite, judges: Judges) -> EditScores:
    score_before = score_after = None
    if (detector := judges.detector) is not None:
        before, after = (noun and label_of(noun, detector.labels) for noun in (captions.before, captions.after))
        score_before = detector.score_inside(made.image2, before, bounds(mask)) if before else None
        score_after = detector.score_at(made.image2, after, bounds(mask)) if after else None
    return score_edit((made.image1, made.image2), mask, score_before, score_after, judges.lpips)
