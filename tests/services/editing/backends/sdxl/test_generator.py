"""Captions become answers: batches, candidates, cancelling, memory that runs out, and seeds."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from diffusers import StableDiffusionXLPipeline

from imgdiff.errors import InvalidRequest, ServiceUnavailable, WorkCancelled
from imgdiff.images import ImageLimits, decode
from imgdiff.records import Operation, Reason
from imgdiff.stages import Editing
from services.editing.backends.sdxl.denoising import BatchedSampler, PairSampler
from services.editing.backends.sdxl.loading import tokenisers_of
from services.editing.generation.generator import PairGenerator
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.maker import Prompting, PromptToPrompt
from services.editing.generation.prompt_to_prompt.pairs import PairRequest
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.schema import EditWork
from services.gpu.compute import Batches
from services.imaging.masks import decode_mask
from services.serving.cancellation import Cancellation
from tests.services.editing.backends.sdxl.scripted_rewriter import USE, ScriptedRewriter
from tests.services.editing.backends.sdxl.tiny_generator import (
    SMALL,
    WEIGHTS,
    Generator,
    Watched,
    require_made,
    to_ticket,
)


def test_a_caption_becomes_a_pair_with_its_place_its_seeds_and_its_weights(generator: Generator) -> None:
    (answer,) = generator().run([to_ticket(index=3, round=2)])
    pair = require_made(answer).pair
    image1, image2 = (decode(data, "/image", ImageLimits()) for data in (pair.image1, pair.image2))
    mask = decode_mask(pair.edit.mask)

    assert (pair.caption1, pair.caption2) == ("a cat on a sofa", "a dog on a sofa")
    assert (pair.edit.before, pair.edit.after, pair.edit.operation) == ("cat", "dog", Operation.REPLACE)
    assert (pair.edit.seed, pair.edit.index, pair.edit.round) == (5, 3, 2)
    assert image1.shape == image2.shape == (SMALL.height, SMALL.width, 3)
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
    together = [require_made(answer).pair for answer in engine.run([to_ticket(**one) for one in asked])]
    alone = [require_made(engine.run([to_ticket(**one)])[0]).pair for one in asked]

    assert together == alone
    assert together[0] == together[4]
    assert len({pair.image1 for pair in together}) == 4


def test_pairs_share_batches_of_the_configured_size(generator: Generator, sampler: Watched) -> None:
    generator(size=2).run([to_ticket(index=number) for number in range(5)])

    assert [len(batch) for batch in sampler.batches] == [2, 2, 1]


def test_a_pair_that_cannot_be_made_is_reported_and_leaves_the_others_alone(generator: Generator) -> None:
    refused, none, made = generator().run([to_ticket("two birds"), to_ticket(None), to_ticket()])

    assert isinstance(refused, Editing)
    assert [reason.code for reason in refused.reasons] == ["edit.target_not_found"]
    assert isinstance(none, InvalidRequest)
    assert none.errors[0].pointer == "/request/caption"
    assert require_made(made).pair == require_made(generator().run([to_ticket()])[0]).pair


def test_an_unavailable_rewriter_is_reported_to_all(sdxl: StableDiffusionXLPipeline, sampler: Watched) -> None:
    class Away(ScriptedRewriter):
        def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Rewrite | Reason]:
            raise ServiceUnavailable("away", retry_after=3)

    make = BatchedSampler(sampler, Batches(1, pytest.fail), WEIGHTS)
    answers = PairGenerator(PromptToPrompt(make, tokenisers_of(sdxl), Prompting()), Away()).run(
        [to_ticket(), to_ticket()]
    )

    assert [type(answer) for answer in answers] == [ServiceUnavailable] * 2
    assert sampler.batches == []


def test_a_cancelled_pair_is_not_answered_and_hurts_nobody(generator: Generator) -> None:
    gone = Cancellation()
    gone.cancel()
    cancelled, kept = generator().run([to_ticket(cancellation=gone), to_ticket(index=1)])

    assert isinstance(cancelled, WorkCancelled)
    assert require_made(kept).pair == require_made(generator().run([to_ticket(index=1)])[0]).pair


def test_out_of_memory_the_batch_is_halved_and_everything_is_made(generator: Generator, sampler: Watched) -> None:
    halved: list[int] = []
    sampler.fits = 2
    answers = generator(size=4, halved=lambda: halved.append(1)).run([to_ticket(index=number) for number in range(4)])

    assert [require_made(answer).pair.edit.index for answer in answers] == [0, 1, 2, 3]
    assert halved == [1]
    sampler.fits = 0
    refused, none = generator(size=1).run([to_ticket(), to_ticket(None)])
    assert isinstance(refused, ServiceUnavailable)
    assert isinstance(none, InvalidRequest)


def test_equal_captions_make_no_pair(generator: Generator) -> None:
    (answer,) = generator().run([to_ticket(replacement="cat")])

    assert isinstance(answer, Editing)
    assert [reason.code for reason in answer.reasons] == ["edit.not_confirmed"]


def test_an_operation_may_have_a_share_of_its_own(generator: Generator, sampler: Watched) -> None:
    engine = generator(cross_share=0.9, cross_shares={Operation.REMOVE: 0.3}, weight=2.0, kind="replace")
    engine.run([to_ticket(), to_ticket(operation="remove")])
    plans = [request.plan for batch in sampler.batches for request in batch]

    assert [plan.cross_share for plan in plans] == [0.9, 0.3]
    assert plans[0].edit.weights[2] == 2
    assert plans[0].edit.held[2] == 1  # replaced, not refined


class Scripted:
    """See `PairMaker`: a grey picture, and what differs from it in the places given."""

    models = (WEIGHTS,)

    def __init__(self, *places: tuple[slice, slice]) -> None:
        self.attended = np.zeros((64, 64), np.bool_)
        for place in places:
            self.attended[place] = True

    def __call__(self, requests: Sequence[PairRequest]) -> list[GeneratedPair | None]:
        grey = np.full((64, 64, 3), 128, np.uint8)
        return [
            GeneratedPair(grey, np.where(self.attended[..., None], 255, grey).astype(np.uint8), self.attended)
        ] * len(requests)


class BreaksOnSecond(PromptToPrompt):
    """Plans every pair but the second."""

    def ask(self, work: EditWork) -> RewriteRequest | Reason | None:
        if work.request.index == 1:
            raise RuntimeError("the photo broke the detector")
        return super().ask(work)


def test_a_request_that_breaks_the_planning_leaves_the_others_alone(sdxl: StableDiffusionXLPipeline) -> None:
    maker = BreaksOnSecond(Scripted((slice(0, 30), slice(0, 20))), tokenisers_of(sdxl), Prompting())
    answers = PairGenerator(maker, ScriptedRewriter()).run([to_ticket(index=number) for number in range(3)])

    assert [isinstance(answer, Editing) for answer in answers] == [True, False, True]
    assert str(answers[1]) == "the model failed: RuntimeError"


def test_places_that_stand_apart_have_a_box_each(sdxl: StableDiffusionXLPipeline) -> None:
    make = Scripted((slice(0, 30), slice(0, 20)), (slice(40, 60), slice(44, 64)))
    (answer,) = PairGenerator(PromptToPrompt(make, tokenisers_of(sdxl), Prompting()), ScriptedRewriter()).run(
        [to_ticket()]
    )
    edit = require_made(answer).pair.edit

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
        "\x01 cat\n\t",
        "<|endoftext|> cat",
        "🙂" * 500 + " cat",
        "cat" * 600,
        "?!, cat ...",
    ]
    sampling = dataclasses.replace(SMALL, steps=1, local_blend=blend)
    make = BatchedSampler(PairSampler(sdxl, sampling), Batches(4, pytest.fail), WEIGHTS)
    engine = PairGenerator(
        PromptToPrompt(make, tokenisers_of(sdxl), Prompting(kind=kind, weight=2.0)), ScriptedRewriter()
    )
    numbers = [{"seed": 0}, {"seed": 2**32 - 1, "index": 7, "round": 2**31}]
    asked = [to_ticket(caption, **one) for caption in strange for one in numbers]

    for answer in engine.run([*asked, to_ticket("cat", replacement="?"), to_ticket("cat", replacement="very " * 40)]):
        assert isinstance(answer, Editing), answer
        assert answer.pair is not None or [one.code for one in answer.reasons] in (
            ["edit.unread"],
            ["edit.not_confirmed"],
        )


def test_an_edit_that_no_encoder_reads_is_reported_and_costs_nothing(
    generator: Generator, sampler: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    unread, made = generator().run([to_ticket(LONG + "cat"), to_ticket("cat " + LONG)])

    assert isinstance(unread, Editing)
    assert [reason.code for reason in unread.reasons] == ["edit.unread"]
    assert [request.caption1 for request in sampler.batches[0]] == ["cat " + LONG]
    assert isinstance(made, Editing)
    assert "edit.unread" not in {reason.code for reason in made.reasons}
    assert "very very" not in caplog.text
