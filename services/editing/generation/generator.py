"""Pairs made from captions: the captions are edited, the pairs sampled in batches, the best candidates kept."""

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from imgdiff.errors import ImgdiffError, InvalidRequest, WorkCancelled
from imgdiff.images import encode_png
from imgdiff.records import Edit, EditScores, ModelUse, Operation, Reason
from imgdiff.seeds import derive
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.generation.prompt_to_prompt.candidates import THRESHOLDS, Likeness, best, self_shares
from services.editing.generation.prompt_to_prompt.changes import LEAST, changed_place
from services.editing.generation.prompt_to_prompt.pairs import MadePair, PairJudge, PairMaker, PairOrder
from services.editing.generation.prompt_to_prompt.plans import Kind, PairPlan, plan_edit
from services.editing.generation.prompt_to_prompt.words import Tokenise, unread
from services.editing.operations.edit_scores import scored
from services.editing.photo.labels import label_of
from services.editing.photo.vision import Sight
from services.editing.rewriting.rewrite import Rewrite, RewriteOrder, Rewriter
from services.editing.schema import EditWork
from services.imaging.arrays import Flags
from services.imaging.masks import bounds, encode_mask, split_parts
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
    """Who looks at made pairs: CLIP chooses among candidates, sight tells how surely the nouns are seen.

    LPIPS tells what else changed.
    """

    clip: PairJudge | None = None
    sight: Sight | None = None
    lpips: Lpips | None = None


NOBODY = Judges()
_UNREAD = Reason(code="edit.unread")


@dataclass(frozen=True)
class _Asked:
    """A request with its captions, and the candidates for its pair."""

    request: EditingRequest
    captions: Rewrite
    orders: tuple[PairOrder, ...]
    cancelled: Callable[[], bool]


@dataclass(frozen=True)
class _Candidate:
    """A pair that was made, and what CLIP says of it, if it was asked."""

    pair: MadePair
    likeness: Likeness | None


class PairGenerator:
    """Answers requests that have a caption; CLIP is needed where there is more than one candidate."""

    def __init__(
        self, make: PairMaker, tokenisers: Sequence[Tokenise], rewriter: Rewriter, prompting: Prompting,
        judges: Judges = NOBODY,
    ) -> None:  # fmt: skip
        if prompting.candidates > 1 and judges.clip is None:
            raise ValueError("several candidates need CLIP to choose among them")
        self._make, self._tokenisers, self._rewriter = make, tokenisers, rewriter
        self._prompting, self._judges = prompting, judges
        judge = () if judges.clip is None else judges.clip.models
        self.models: tuple[ModelUse, ...] = (*make.models, *rewriter.models, *judge)

    def warm_up(self) -> None:
        """Make one batch of pairs and judge them."""
        edit = plan_edit("a cat", "a dog", self._tokenisers, nouns=("cat", "dog"))
        for pair in self._make([PairOrder("a cat", "a dog", PairPlan(edit), 0)]):
            if pair is not None and self._judges.clip is not None:
                self._judges.clip([(pair.image1, pair.image2)], [("a cat", "a dog")])
            if pair is not None and self._judges.lpips is not None:
                self._judges.lpips(pair.image1, pair.image2)

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        started = time.perf_counter()
        try:
            asked = self._asked(batch)
        except ImgdiffError as error:  # the rewriter's model cannot be had for the moment
            return [error] * len(batch)
        orders = [order for one in asked if isinstance(one, _Asked) for order in one.orders]
        try:
            made = self._judged(orders)
        except ImgdiffError as error:  # a device that is too small is the fault of no pair
            return [error if isinstance(one, _Asked) else one for one in asked]
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        answers: list[Editing | ImgdiffError] = []
        for one in asked:
            if isinstance(one, _Asked):
                own, made = made[: len(one.orders)], made[len(one.orders) :]
                answers.append(self._answer(one, own, seconds))
            else:
                answers.append(one)
        return answers

    def _judged(self, orders: Sequence[PairOrder]) -> list[_Candidate | None]:
        """The pairs that are still wanted, all of them judged together; raises ServiceUnavailable."""
        made = zip(orders, self._make(orders), strict=True)
        kept = {number: one for number, one in enumerate(made) if one[1] is not None and not one[0].cancelled()}
        pairs = [pair for _, pair in kept.values() if pair is not None]
        found: Sequence[Likeness | None] = [None] * len(pairs)
        if self._judges.clip is not None:
            captions = [(order.caption1, order.caption2) for order, _ in kept.values()]
            found = self._judges.clip([(pair.image1, pair.image2) for pair in pairs], captions)
        known = dict(zip(kept, map(_Candidate, pairs, found), strict=True))
        return [known.get(number) for number in range(len(orders))]

    def _asked(self, batch: Sequence[Ticket[EditWork]]) -> list[_Asked | Editing | ImgdiffError]:
        """What to make for each ticket, or its answer where there is nothing to make."""
        wanted = [_rewrite_order(ticket.work.request) for ticket in batch]
        rewritten = iter(self._rewriter.rewrite([order for order in wanted if order is not None]))
        asked: list[_Asked | Editing | ImgdiffError] = []
        for ticket, order in zip(batch, wanted, strict=True):
            captions = None if order is None else next(rewritten)
            if isinstance(captions, Rewrite) and unread(captions.caption1, captions.caption2, self._tokenisers):
                captions = _UNREAD
            if captions is None:
                asked.append(InvalidRequest.at("/request/caption", "missing", "a caption to start from is needed"))
            elif isinstance(captions, Reason):
                asked.append(Editing(reasons=(captions,), models=self.models, seconds=0))
            else:
                asked.append(self._planned(ticket, captions))
        return asked

    def _planned(self, ticket: Ticket[EditWork], captions: Rewrite) -> _Asked:
        request, chosen = ticket.work.request, self._prompting
        edit = plan_edit(
            captions.caption1, captions.caption2, self._tokenisers, kind=chosen.kind,
            nouns=(captions.before, captions.after), weight=chosen.weight,
        )  # fmt: skip
        seeds = [_seed(request, "noise", number) for number in range(chosen.candidates)]
        shares = self_shares(chosen.candidates, chosen.self_share, _seed(request, "shares"))
        cross = chosen.cross_shares.get(request.operation, chosen.cross_share)
        gone = ticket.cancellation

        def cancelled() -> bool:
            return gone.cancelled

        orders = tuple(
            PairOrder(captions.caption1, captions.caption2, PairPlan(edit, share, cross), seed, cancelled)
            for share, seed in zip(shares, seeds, strict=True)
        )
        return _Asked(request, captions, orders, cancelled)

    def _answer(self, asked: _Asked, made: Sequence[_Candidate | None], seconds: float) -> Editing | ImgdiffError:
        pairs = [one.pair for one in made if one is not None]
        if asked.cancelled() or len(pairs) < len(made):
            return WorkCancelled("the caller has gone")
        thresholds = _thresholds(asked.request) if self._judges.clip else {}
        likeness = [one.likeness for one in made if one is not None and one.likeness is not None]
        chosen = best(likeness, thresholds) if likeness else 0
        told: dict[str, float] = thresholds
        result: EditedPair | tuple[Reason, ...]
        if isinstance(chosen, int):
            order = asked.orders[chosen]
            told = told | {"p2p.self_share": order.plan.self_share, "p2p.cross_share": order.plan.cross_share}
            told |= _told(chosen, likeness[chosen]) if likeness else {}
            result = _pair(asked, pairs[chosen], self._judges)
        else:
            result = chosen
        pair, reasons = (result, ()) if isinstance(result, EditedPair) else (None, result)
        return Editing(pair=pair, reasons=reasons, models=self.models, parameters=told, seconds=seconds)


def _seed(request: EditingRequest, *parts: int | str) -> int:
    return derive(request.seed, request.index, request.round, *parts)


def _rewrite_order(request: EditingRequest) -> RewriteOrder | None:
    if request.caption is None:
        return None
    given = request.operation, request.target, request.replacement
    return RewriteOrder(request.caption, *given, _seed(request, "caption"))


def _thresholds(request: EditingRequest) -> dict[str, float]:
    return THRESHOLDS | {code: value for code, value in request.thresholds.items() if code in THRESHOLDS}


def _told(chosen: int, likeness: Likeness) -> dict[str, float]:
    """What the record tells of the candidate that was kept."""
    return {
        "p2p.candidate": chosen, "clip.caption1": likeness.caption1, "clip.caption2": likeness.caption2,
        "clip.direction": likeness.direction, "clip.images": likeness.images,
    }  # fmt: skip


def _pair(asked: _Asked, made: MadePair, judges: Judges) -> EditedPair | tuple[Reason, ...]:
    """The answer's pair, its mask that of the local blend if there was one, else where the pixels differ."""
    blended = made.blended
    mask = changed_place(made.image1, made.image2) if blended is None or blended.all() else blended
    if mask is None or not mask.any():
        return (Reason(code="edit.not_confirmed", value=0.0, threshold=LEAST),)
    request, captions = asked.request, asked.captions
    edit = Edit(
        operation=request.operation, box=bounds(mask), boxes=split_parts(mask), mask=encode_mask(mask),
        before=captions.before, after=captions.after, seed=request.seed, index=request.index, round=request.round,
        scores=_scores(made, mask, captions, judges),
    )  # fmt: skip
    image1, image2 = (base64.b64encode(encode_png(image)) for image in (made.image1, made.image2))
    return EditedPair(image1=image1, image2=image2, caption1=captions.caption1, caption2=captions.caption2, edit=edit)


def _scores(made: MadePair, mask: Flags, captions: Rewrite, judges: Judges) -> EditScores:
    remains = shows = None
    if (sight := judges.sight) is not None:
        before, after = (noun and label_of(noun, sight.labels) for noun in (captions.before, captions.after))
        remains = sight.remains(made.image2, before, bounds(mask)) if before else None
        shows = sight.shows(made.image2, after, bounds(mask)) if after else None
    return scored((made.image1, made.image2), mask, remains, shows, judges.lpips)
