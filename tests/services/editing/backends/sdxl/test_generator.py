"""Captions become answers: batches, candidates, cancelling, memory that runs out, and seeds."""

import dataclasses
import json
from collections.abc import Callable, Sequence

import numpy as np
import open_clip
import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from imgdiff.errors import InvalidRequest, ServiceUnavailable, WorkCancelled
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.stages import Editing, EditingRequest
from services.editing.backends.sdxl.clip_scores import ClipScores
from services.editing.backends.sdxl.denoising import BatchedSampler, PairSampler, Sampling
from services.editing.backends.sdxl.loading import tokenisers_of
from services.editing.generation.generator import Judges, PairGenerator, Prompting
from services.editing.generation.prompt_to_prompt.candidates import Likeness
from services.editing.generation.prompt_to_prompt.pairs import GeneratedPair, PairRequest
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.schema import EditWork
from services.gpu.clip import build_clip
from services.gpu.compute import Batches, compute_on
from services.imaging.masks import decode_mask
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from tests.services.editing.backends.sdxl.scripted_rewriter import USE, ScriptedRewriter

WEIGHTS = ModelUse(stage="editing", name="tiny", version="local", sha256="1" * 64, licence="NOASSERTION")
SMALL = Sampling(width=64, height=64, steps=3, guidance=100)  # random networks hardly follow their prompts
ANYTHING = {"edit.caption_mismatch": -1, "edit.off_direction": -1, "edit.too_different": -1}
Generator = Callable[..., PairGenerator]


class Watched(PairSampler):
    """Keeps the requests of every batch; runs out of memory where a batch has more rows than `fits`."""

    fits = 99

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.batches: list[list[PairRequest]] = []

    def make(self, requests: Sequence[PairRequest], real: int) -> list[GeneratedPair | None]:
        if len(requests) > self.fits:
            raise torch.OutOfMemoryError
        self.batches.append(list(requests[:real]))
        return super().make(requests, real)


@pytest.fixture
def sampler(sdxl: StableDiffusionXLPipeline) -> Watched:
    return Watched(sdxl, SMALL)


@pytest.fixture(scope="module")
def scores(tiny_clip: str) -> ClipScores:
    torch.manual_seed(7)
    model, tokenizer = build_clip(tiny_clip, prefix=""), open_clip.get_tokenizer(tiny_clip)
    return ClipScores(model, tokenizer, compute_on("cpu", 1), use=WEIGHTS, rows=Batches(4, pytest.fail))


@pytest.fixture
def generator(sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores) -> Generator:
    def made(size: int = 2, halved: Callable[[], None] = pytest.fail, **prompting: object) -> PairGenerator:
        chosen = Prompting(**prompting)
        return PairGenerator(
            BatchedSampler(sampler, Batches(size, halved), WEIGHTS),
            tokenisers_of(sdxl),
            ScriptedRewriter(),
            chosen,
            Judges(scores if chosen.candidates > 1 else None),
        )

    return made


class Counting:
    """See `PairJudge`: CLIP, and the first captions of each call; or a device without memory for it."""

    models = (WEIGHTS,)

    def __init__(self, scores: ClipScores, *, full: bool = False) -> None:
        self._scores, self._full = scores, full
        self.asked: list[list[str]] = []

    def __call__(self, pairs: Sequence[tuple[RGB, RGB]], captions: Sequence[tuple[str, str]]) -> list[Likeness]:
        if self._full:
            raise ServiceUnavailable("no memory", retry_after=30)
        self.asked.append([caption1 for caption1, _ in captions])
        return self._scores(pairs, captions)


def _judged_by(judge: Counting, sdxl: StableDiffusionXLPipeline, sampler: Watched) -> PairGenerator:
    make = BatchedSampler(sampler, Batches(2, pytest.fail), WEIGHTS)
    return PairGenerator(make, tokenisers_of(sdxl), ScriptedRewriter(), Prompting(candidates=2), Judges(judge))


def _ticket(caption: str | None = "a cat on a sofa", cancellation: Cancellation | None = None, **asked: object):
    request = {"operation": "replace", "seed": 5, "count": 8, "caption": caption, **asked}
    work = EditWork(None, (), EditingRequest.model_validate_json(json.dumps(request)))
    return Ticket(work, cancellation or Cancellation())


def _made(answer: object) -> Editing:
    assert isinstance(answer, Editing), answer
    assert answer.pair is not None, answer.reasons
    return answer


def test_a_caption_becomes_a_pair_with_its_place_its_seeds_and_its_weights(generator: Generator) -> None:
    (answer,) = generator().run([_ticket(index=3, round=2)])
    pair = _made(answer).pair
    image1, image2 = (decode(data, "/image", ImageLimits()) for data in (pair.image1, pair.image2))
    mask = decode_mask(pair.edit.mask)

    assert (pair.caption1, pair.caption2) == ("a cat on a sofa", "a dog on a sofa")
    assert (pair.edit.before, pair.edit.after, pair.edit.operation) == ("cat", "dog", Operation.REPLACE)
    assert (pair.edit.seed, pair.edit.index, pair.edit.round) == (5, 3, 2)
    assert image1.shape == image2.shape == (64, 64, 3)
    assert pair.edit.boxes == (pair.edit.box,)
    assert mask.any()
    assert (
        np.abs(image1[mask].astype(int) - image2[mask]).mean()
        > np.abs(image1[~mask].astype(int) - image2[~mask]).mean()
    )
    assert 0 < pair.edit.scores.outside_psnr < 99
    assert answer.models == (WEIGHTS, USE)
    assert answer.parameters == {"p2p.self_share": 0.4, "p2p.cross_share": 1.0}


def test_seed_index_and_round_are_one_pair_in_whatever_batch(generator: Generator) -> None:
    engine = generator()
    asked = [{}, {"index": 1}, {"round": 1}, {"seed": 6}, {}]
    together = [_made(answer).pair for answer in engine.run([_ticket(**one) for one in asked])]
    alone = [_made(engine.run([_ticket(**one)])[0]).pair for one in asked]

    assert together == alone
    assert together[0] == together[4]
    assert len({pair.image1 for pair in together}) == 4


def test_pairs_share_batches_of_the_configured_size(generator: Generator, sampler: Watched) -> None:
    generator(size=2).run([_ticket(index=number) for number in range(5)])

    assert [len(batch) for batch in sampler.batches] == [2, 2, 1]


def test_a_pair_that_cannot_be_made_is_reported_and_leaves_the_others_alone(generator: Generator) -> None:
    refused, none, made = generator().run([_ticket("two birds"), _ticket(None), _ticket()])

    assert isinstance(refused, Editing)
    assert [reason.code for reason in refused.reasons] == ["edit.target_not_found"]
    assert isinstance(none, InvalidRequest)
    assert none.errors[0].pointer == "/request/caption"
    assert _made(made).pair == _made(generator().run([_ticket()])[0]).pair


def test_an_unavailable_rewriter_is_reported_to_all(sdxl: StableDiffusionXLPipeline, sampler: Watched) -> None:
    class Away(ScriptedRewriter):
        def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Rewrite | Reason]:
            raise ServiceUnavailable("away", retry_after=3)

    make = BatchedSampler(sampler, Batches(1, pytest.fail), WEIGHTS)
    answers = PairGenerator(make, tokenisers_of(sdxl), Away(), Prompting()).run([_ticket(), _ticket()])

    assert [type(answer) for answer in answers] == [ServiceUnavailable] * 2
    assert sampler.batches == []


def test_a_cancelled_pair_is_not_answered_and_hurts_nobody(generator: Generator) -> None:
    gone = Cancellation()
    gone.cancel()
    cancelled, kept = generator().run([_ticket(cancellation=gone), _ticket(index=1)])

    assert isinstance(cancelled, WorkCancelled)
    assert _made(kept).pair == _made(generator().run([_ticket(index=1)])[0]).pair


def test_out_of_memory_the_batch_is_halved_and_everything_is_made(generator: Generator, sampler: Watched) -> None:
    halved: list[int] = []
    sampler.fits = 2
    answers = generator(size=4, halved=lambda: halved.append(1)).run([_ticket(index=number) for number in range(4)])

    assert [_made(answer).pair.edit.index for answer in answers] == [0, 1, 2, 3]
    assert halved == [1]
    sampler.fits = 0
    refused, none = generator(size=1).run([_ticket(), _ticket(None)])
    assert isinstance(refused, ServiceUnavailable)
    assert isinstance(none, InvalidRequest)


def test_of_several_candidates_the_best_is_kept_with_its_scores(
    generator: Generator, sampler: Watched, scores: ClipScores
) -> None:
    (answer,) = generator(size=3, candidates=3).run([_ticket(thresholds=ANYTHING)])
    pair, reported = _made(answer).pair, answer.parameters
    (requests,) = sampler.batches

    assert requests[0].plan.self_share == 0.4
    assert len({request.plan.self_share for request in requests}) == len({request.seed for request in requests}) == 3
    chosen = requests[int(reported["p2p.candidate"])]
    assert reported["p2p.self_share"] == chosen.plan.self_share
    made = [one for one in sampler.make(requests, 3) if one is not None]
    found = scores([(one.image1, one.image2) for one in made], [(pair.caption1, pair.caption2)] * 3)
    best = max(found, key=lambda one: one.direction)
    assert [reported[f"clip.{name}"] for name in ("caption1", "caption2", "direction", "images")] == pytest.approx(
        [best.caption1, best.caption2, best.direction, best.images], abs=1e-3
    )
    assert {code: reported[code] for code in ANYTHING} == ANYTHING
    assert len(answer.models) == 3


def test_the_candidates_of_a_batch_are_judged_together_and_those_of_a_caller_who_left_are_not(
    sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores
) -> None:
    judge, gone = Counting(scores), Cancellation()
    gone.cancel()
    engine = _judged_by(judge, sdxl, sampler)
    tree = _ticket("a cat in a tree", index=1, thresholds=ANYTHING)
    one, left, other = engine.run([_ticket(thresholds=ANYTHING), _ticket(cancellation=gone), tree])

    assert judge.asked == [["a cat on a sofa"] * 2 + ["a cat in a tree"] * 2]
    assert isinstance(left, WorkCancelled)
    (alone,) = engine.run([tree])
    assert (_made(other).pair, other.parameters) == (_made(alone).pair, alone.parameters)
    assert _made(one).parameters != other.parameters


def test_a_judge_without_memory_is_reported_to_those_who_need_it(
    sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores
) -> None:
    full, none = _judged_by(Counting(scores, full=True), sdxl, sampler).run([_ticket(), _ticket(None)])

    assert isinstance(full, ServiceUnavailable)
    assert isinstance(none, InvalidRequest)


def test_a_judge_is_warm_before_the_first_request(
    sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores
) -> None:
    judge = Counting(scores)
    _judged_by(judge, sdxl, sampler).warm_up()

    assert judge.asked == [["a cat"]]


def test_without_a_candidate_that_passes_the_reasons_are_reported(generator: Generator) -> None:
    (answer,) = generator(candidates=2).run([_ticket(thresholds={"edit.off_direction": 1.1})])

    assert isinstance(answer, Editing)
    assert answer.pair is None
    assert "edit.off_direction" in {reason.code for reason in answer.reasons}


def test_equal_captions_make_no_pair(generator: Generator) -> None:
    (answer,) = generator().run([_ticket(replacement="cat")])

    assert isinstance(answer, Editing)
    assert [reason.code for reason in answer.reasons] == ["edit.not_confirmed"]


def test_an_operation_may_have_a_share_of_its_own(generator: Generator, sampler: Watched) -> None:
    engine = generator(cross_share=0.9, cross_shares={Operation.REMOVE: 0.3}, weight=2.0, kind="replace")
    engine.run([_ticket(), _ticket(operation="remove")])
    plans = [request.plan for batch in sampler.batches for request in batch]

    assert [plan.cross_share for plan in plans] == [0.9, 0.3]
    assert plans[0].edit.weights[2] == 2
    assert plans[0].edit.held[2] == 1  # replaced, not refined


def test_several_candidates_need_a_judge(sdxl: StableDiffusionXLPipeline, sampler: Watched) -> None:
    make = BatchedSampler(sampler, Batches(1, pytest.fail), WEIGHTS)
    with pytest.raises(ValueError, match="CLIP"):
        PairGenerator(make, tokenisers_of(sdxl), ScriptedRewriter(), Prompting(candidates=2))


class Scripted:
    """See `PairMaker`: a grey picture, and what differs from it in the places given."""

    models = (WEIGHTS,)

    def __init__(self, *places: tuple[slice, slice]) -> None:
        self.blended = np.zeros((64, 64), np.bool_)
        for place in places:
            self.blended[place] = True

    def __call__(self, requests: Sequence[PairRequest]) -> list[GeneratedPair | None]:
        grey = np.full((64, 64, 3), 128, np.uint8)
        return [GeneratedPair(grey, np.where(self.blended[..., None], 255, grey).astype(np.uint8), self.blended)] * len(
            requests
        )


def test_places_that_stand_apart_have_a_box_each(sdxl: StableDiffusionXLPipeline) -> None:
    make = Scripted((slice(0, 30), slice(0, 20)), (slice(40, 60), slice(44, 64)))
    (answer,) = PairGenerator(make, tokenisers_of(sdxl), ScriptedRewriter(), Prompting()).run([_ticket()])
    edit = _made(answer).pair.edit

    assert edit.box == (0, 0, 64, 60)
    assert edit.boxes == ((0, 0, 20, 30), (44, 40, 64, 60))


LONG = "very " * 300


@pytest.mark.parametrize("kind", ["refine", "replace"])
@pytest.mark.parametrize("blend", [False, True])
def test_captions_of_any_kind_become_pairs_or_reasons(
    sdxl: StableDiffusionXLPipeline, kind: str, *, blend: bool
) -> None:
    strange = [
        "cat",
        "cat " + LONG,
        "\x00 cat\n\t",
        "<|endoftext|> cat",
        "🙂" * 500 + " cat",
        "cat" * 600,
        "?!, cat ...",
    ]
    sampling = dataclasses.replace(SMALL, steps=1, local_blend=blend)
    make = BatchedSampler(PairSampler(sdxl, sampling), Batches(4, pytest.fail), WEIGHTS)
    engine = PairGenerator(make, tokenisers_of(sdxl), ScriptedRewriter(), Prompting(kind=kind, weight=2.0))
    numbers = [{"seed": 0}, {"seed": 2**32 - 1, "index": 7, "round": 2**31}]
    asked = [_ticket(caption, **one) for caption in strange for one in numbers]

    for answer in engine.run([*asked, _ticket("cat", replacement=" "), _ticket("cat", replacement="very " * 40)]):
        assert isinstance(answer, Editing), answer
        assert answer.pair is not None or [one.code for one in answer.reasons] in (
            ["edit.unread"],
            ["edit.not_confirmed"],
        )


def test_an_edit_that_no_encoder_reads_is_reported_and_costs_nothing(
    generator: Generator, sampler: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    unread, made = generator().run([_ticket(LONG + "cat"), _ticket("cat " + LONG)])

    assert isinstance(unread, Editing)
    assert [reason.code for reason in unread.reasons] == ["edit.unread"]
    assert [request.caption1 for request in sampler.batches[0]] == ["cat " + LONG]
    assert isinstance(made, Editing)
    assert "edit.unread" not in {reason.code for reason in made.reasons}
    assert "very very" not in caplog.text


def test_a_caller_who_leaves_between_two_candidates_gets_none_and_the_rest_is_not_made(
    sdxl: StableDiffusionXLPipeline, scores: ClipScores
) -> None:
    gone, steps = Cancellation(), []

    def stepped(done: int, _: int) -> None:
        steps.append(done)
        if len(steps) == 4:  # the first step of the second candidate
            gone.cancel()

    make = BatchedSampler(PairSampler(sdxl, SMALL, stepped), Batches(1, pytest.fail), WEIGHTS)
    judge = Counting(scores)
    engine = PairGenerator(make, tokenisers_of(sdxl), ScriptedRewriter(), Prompting(candidates=3), Judges(judge))
    left, kept = engine.run([_ticket(cancellation=gone), _ticket(index=1, thresholds=ANYTHING)])

    assert isinstance(left, WorkCancelled)
    assert steps == [1, 2, 3, 1, *[1, 2, 3] * 3]
    assert judge.asked == [["a cat on a sofa"] * 3]
    assert _made(kept).pair == _made(engine.run([_ticket(index=1, thresholds=ANYTHING)])[0]).pair
