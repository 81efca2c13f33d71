"""The loop over pairs: one seed is one pair, whoever shares its batch; it stops at once and keeps nothing."""

import gc
from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, StableDiffusionXLPipeline
from diffusers.models.attention_processor import AttnProcessor2_0

from imgdiff.records import Reason
from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.pairs import PairRequest

SMALL = Sampling(width=32, height=32, steps=4)
SLOW = pytest.mark.slow
SCHEDULERS = [
    EulerDiscreteScheduler,
    pytest.param(EulerAncestralDiscreteScheduler, marks=SLOW),
    pytest.param(DDIMScheduler, marks=SLOW),
]
Request = Callable[..., PairRequest]


def _same(one: GeneratedPair | Reason | None, other: GeneratedPair | Reason | None) -> bool:
    assert isinstance(one, GeneratedPair)
    assert isinstance(other, GeneratedPair)
    return bool((one.image1 == other.image1).all() and (one.image2 == other.image2).all())


@pytest.fixture(params=SCHEDULERS)
def scheduled(request: pytest.FixtureRequest, sdxl: StableDiffusionXLPipeline):
    before = sdxl.scheduler
    sdxl.scheduler = request.param.from_config(before.config)
    yield sdxl
    sdxl.scheduler = before


def test_a_pair_is_the_same_bytes_in_any_batch_of_one_size(
    scheduled: StableDiffusionXLPipeline, build: Request
) -> None:
    """Bit for bit, on the processor; the engine fills every batch up to its size."""
    sampler = PairSampler(scheduled, SMALL)
    requests = [build(seed=1), build("two birds in a tree", "two fish in a tree", seed=2, self_share=0.9)]
    together = sampler.make(requests, 2)
    turned = sampler.make(requests[::-1], 2)[::-1]

    for number, one in enumerate(requests):
        assert _same(sampler.make([one, one], 1)[0], together[number])
        assert _same(turned[number], together[number])
    assert not _same(together[0], sampler.make([build(seed=3)] * 2, 1)[0])


def test_another_size_of_batch_moves_no_pixel_by_more_than_one_level(
    sdxl: StableDiffusionXLPipeline, build: Request
) -> None:
    sampler = PairSampler(sdxl, SMALL)
    (alone,), (shared, *_) = (sampler.make([build()], 1), sampler.make([build(), build(seed=2), build(seed=3)], 3))

    assert isinstance(alone, GeneratedPair)
    assert isinstance(shared, GeneratedPair)
    for one, other in ((alone.image1, shared.image1), (alone.image2, shared.image2)):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_the_base_is_what_diffusers_itself_makes(sdxl: StableDiffusionXLPipeline, build: Request) -> None:
    negative = Sampling(width=64, height=64, steps=4, guidance=5.0, negative="blurry")
    (pair,) = PairSampler(sdxl, negative).make([build(seed=9)], 1)
    sdxl.unet.set_attn_processor(AttnProcessor2_0())
    noise = torch.randn((1, 4, 32, 32), generator=torch.Generator().manual_seed(9))
    theirs = sdxl(
        "a photo of a cat",
        negative_prompt="blurry",
        num_inference_steps=4,
        guidance_scale=5.0,
        height=64,
        width=64,
        latents=noise,
        output_type="np",
    ).images[0]

    assert isinstance(pair, GeneratedPair)
    assert np.abs(theirs * 255 - pair.image1).max() <= 1


def test_without_guidance_there_are_only_the_rows_with_a_prompt(
    sdxl: StableDiffusionXLPipeline, build: Request
) -> None:
    (pair,) = PairSampler(sdxl, Sampling(width=64, height=96, steps=2, guidance=1.0)).make([build()], 1)

    assert isinstance(pair, GeneratedPair)
    assert pair.image1.shape == pair.image2.shape == (96, 64, 3)
    assert (pair.image1 != pair.image2).any()


def test_an_image_that_is_not_finite_is_a_reason_and_its_neighbour_is_made(
    sdxl: StableDiffusionXLPipeline, build: Request
) -> None:
    def overflow(_: torch.nn.Module, _given: object, output: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        output[0][0::2] = torch.inf  # the first pair's rows, with and without prompt
        return output

    watching = sdxl.unet.register_forward_hook(overflow)
    try:
        broken, whole = PairSampler(sdxl, SMALL).make([build(seed=5), build(seed=6)], 2)
    finally:
        watching.remove()

    assert broken == Reason(code="edit.not_finite")
    assert _same(whole, PairSampler(sdxl, SMALL).make([build(seed=5), build(seed=6)], 2)[1])


def test_a_cancelled_batch_begins_no_further_step(sdxl: StableDiffusionXLPipeline, build: Request) -> None:
    done: list[tuple[int, int]] = []
    sampler = PairSampler(sdxl, SMALL, lambda *reported: done.append(reported))
    made = sampler.make([build(cancelled=lambda: len(done) >= 2), build(seed=2, cancelled=lambda: len(done) >= 1)], 2)

    assert made == [None, None]
    assert done == [(1, 4), (2, 4)]


def test_padding_keeps_no_cancelled_batch_alive(sdxl: StableDiffusionXLPipeline, build: Request) -> None:
    done: list[int] = []
    sampler = PairSampler(sdxl, SMALL, lambda step, _: done.append(step))

    assert sampler.make([build(cancelled=lambda: bool(done)), build()], 1) == [None]
    assert done == [1]


def test_a_cancelled_pair_leaves_its_neighbour_the_same_bytes(sdxl: StableDiffusionXLPipeline, build: Request) -> None:
    done: list[int] = []
    sampler = PairSampler(sdxl, SMALL, lambda step, _: done.append(step))
    gone, kept = sampler.make([build(seed=5, cancelled=lambda: len(done) >= 1), build(seed=6)], 2)

    assert gone is None
    assert _same(kept, PairSampler(sdxl, SMALL).make([build(seed=7), build(seed=6)], 2)[1])


def _living_bytes() -> int:
    gc.collect()
    storages = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in _tensors()}
    return sum(storages.values())


def _tensors() -> list[torch.Tensor]:
    """Those that hold memory: a compiler's are of other types."""
    return [one for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter)]


def test_memory_does_not_grow_with_the_steps(sdxl: StableDiffusionXLPipeline, build: Request) -> None:
    def at_the_end(steps: int) -> list[int]:
        living: list[int] = []

        def stepped(done: int, of: int) -> None:
            if done in (2, of):
                living.append(_living_bytes())

        sampling = Sampling(width=64, height=64, steps=steps, local_blend=True)
        PairSampler(sdxl, sampling, stepped).make([build(nouns=("cat", "dog"))], 1)
        return living

    one_map = 64 * 64 * 4  # the smallest self-attention map of one head
    short, long = at_the_end(3), at_the_end(8)
    assert short[1] - short[0] < one_map
    assert long[1] - long[0] < one_map
    assert long[1] - short[1] < one_map
