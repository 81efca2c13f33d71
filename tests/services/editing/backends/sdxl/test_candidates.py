"""Of several candidates for a pair the best is kept, as CLIP judges."""

from collections.abc import Sequence

import pytest
from diffusers import StableDiffusionXLPipeline

from imgdiff.errors import InvalidRequest, ServiceUnavailable, WorkCancelled
from imgdiff.images import RGB
from imgdiff.stages import Editing
from services.editing.backends.sdxl.clip_scores import ClipScores
from services.editing.backends.sdxl.denoising import BatchedSampler, PairSampler
from services.editing.backends.sdxl.loading import tokenisers_of
from services.editing.generation.candidates import Likeness
from services.editing.generation.generator import PairGenerator
from services.editing.generation.judging import Judges
from services.editing.generation.prompt_to_prompt.maker import Prompting, PromptToPrompt
from services.gpu.compute import Batches
from services.serving.cancellation import Cancellation
from tests.services.editing.backends.sdxl.scripted_rewriter import ScriptedRewriter
from tests.services.editing.backends.sdxl.tiny_generator import (
    SMALL,
    WEIGHTS,
    Generator,
    Watched,
    require_made,
    to_ticket,
)

ANYTHING = {"edit.caption_mismatch": -1, "edit.off_direction": -1, "edit.too_different": -1}


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
    return PairGenerator(
        PromptToPrompt(make, tokenisers_of(sdxl), Prompting(candidates=2)), ScriptedRewriter(), Judges(judge)
    )


def test_of_several_candidates_the_best_is_kept_with_its_scores(
    generator: Generator, sampler: Watched, scores: ClipScores
) -> None:
    (answer,) = generator(size=3, candidates=3).run([to_ticket(thresholds=ANYTHING)])
    pair, reported = require_made(answer).pair, answer.parameters
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
    tree = to_ticket("a cat in a tree", index=1, thresholds=ANYTHING)
    one, left, other = engine.run([to_ticket(thresholds=ANYTHING), to_ticket(cancellation=gone), tree])

    assert judge.asked == [["a cat on a sofa"] * 2 + ["a cat in a tree"] * 2]
    assert isinstance(left, WorkCancelled)
    (alone,) = engine.run([tree])
    assert (require_made(other).pair, other.parameters) == (require_made(alone).pair, alone.parameters)
    assert require_made(one).parameters != other.parameters


def test_a_judge_without_memory_is_reported_to_those_who_need_it(
    sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores
) -> None:
    full, none = _judged_by(Counting(scores, full=True), sdxl, sampler).run([to_ticket(), to_ticket(None)])

    assert isinstance(full, ServiceUnavailable)
    assert isinstance(none, InvalidRequest)


def test_a_judge_is_warm_before_the_first_request(
    sdxl: StableDiffusionXLPipeline, sampler: Watched, scores: ClipScores
) -> None:
    judge = Counting(scores)
    _judged_by(judge, sdxl, sampler).warm_up()

    assert judge.asked == [["a cat"]]


def test_without_a_candidate_that_passes_the_reasons_are_reported(generator: Generator) -> None:
    (answer,) = generator(candidates=2).run([to_ticket(thresholds={"edit.off_direction": 1.1})])

    assert isinstance(answer, Editing)
    assert answer.pair is None
    assert "edit.off_direction" in {reason.code for reason in answer.reasons}


def test_several_candidates_need_a_judge(sdxl: StableDiffusionXLPipeline, sampler: Watched) -> None:
    make = BatchedSampler(sampler, Batches(1, pytest.fail), WEIGHTS)
    with pytest.raises(ValueError, match="CLIP"):
        PairGenerator(PromptToPrompt(make, tokenisers_of(sdxl), Prompting(candidates=2)), ScriptedRewriter())


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
    engine = PairGenerator(
        PromptToPrompt(make, tokenisers_of(sdxl), Prompting(candidates=3)), ScriptedRewriter(), Judges(judge)
    )
    left, kept = engine.run([to_ticket(cancellation=gone), to_ticket(index=1, thresholds=ANYTHING)])

    assert isinstance(left, WorkCancelled)
    assert steps == [1, 2, 3, 1, *[1, 2, 3] * 3]
    assert judge.asked == [["a cat on a sofa"] * 3]
    assert require_made(kept).pair == require_made(engine.run([to_ticket(index=1, thresholds=ANYTHING)])[0]).pair
