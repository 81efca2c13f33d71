"""Local blend: outside of where the nouns are attended to, an edit is its base."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.backends.sdxl.local_blend import LocalBlend
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.pairs import PairRequest
from services.editing.operations.edit_scores import outside_psnr

Request = Callable[..., PairRequest]
PROCESSOR = torch.device("cpu")


@pytest.fixture
def blend(build: Request) -> LocalBlend:
    plans = [build(nouns=("cat", "dog")).plan, build("a cat and a hat", "a hat", nouns=("cat", None)).plan]
    return LocalBlend(plans, (16, 16), PROCESSOR)


def _attention(at: dict[int, tuple[slice, slice]], side: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries and keys of 4 rows, one head: each row's token 5 or 2 is seen at a place, the begin mark elsewhere."""
    query, key = torch.zeros(4, 1, side * side, 4), torch.zeros(4, 1, 77, 4)
    query[..., 1], key[..., 0, 1] = 20, 20
    for row, place in at.items():
        spot = torch.zeros(side, side, dtype=torch.bool)
        spot[place] = True
        query[row, 0, spot.flatten()] = torch.tensor([20.0, 0, 0, 0])
        key[row, 0, 2 if row == 1 else 5, 0] = 20
    return query, key


def test_the_place_is_where_the_old_noun_was_or_the_new_one_is(blend: LocalBlend) -> None:
    upper, lower = (slice(0, 4), slice(0, 4)), (slice(10, 14), slice(10, 14))
    blend.add(*_attention({0: upper, 1: upper, 2: lower}))
    inside = blend.inside()[:, 0]

    assert inside[0, 1, 1]
    assert inside[0, 12, 12]
    assert not inside[0, 7, 7]
    assert inside[1, 1, 1]
    assert not inside[1, 12, 12]  # nothing came in its place


def test_layers_of_every_size_add_up_and_only_one_sum_is_kept(blend: LocalBlend) -> None:
    place = (slice(0, 4), slice(0, 4))
    kept = blend.maps.data_ptr()
    for side in (16, 8, 4):
        blend.add(*_attention({0: tuple(slice(0, side // 4) for _ in range(2)), 2: place}, side))

    assert blend.maps.data_ptr() == kept
    assert blend.maps[0, 0, 1, 1] == pytest.approx(3, abs=0.5)


def test_outside_the_edit_becomes_its_base_and_inside_it_stays(blend: LocalBlend) -> None:
    blend.add(*_attention({0: (slice(0, 4), slice(0, 4)), 2: (slice(0, 4), slice(0, 4))}))
    latents = torch.randn(4, 4, 16, 16)
    before = latents.clone()
    blend.blend(latents)
    inside = blend.inside()[0].expand(4, -1, -1)

    assert torch.equal(latents[:2], before[:2])
    assert torch.equal(latents[2][~inside], before[0][~inside])
    assert torch.equal(latents[2][inside], before[2][inside])
    assert 0 < inside.float().mean() < 0.3


def test_a_pair_without_nouns_or_without_any_map_of_them_is_not_blended(build: Request) -> None:
    nameless = LocalBlend([build("a cat", "a cat").plan], (8, 8), PROCESSOR)
    unseen = LocalBlend([build(nouns=("cat", "dog")).plan], (8, 8), PROCESSOR)

    assert nameless.inside().all()
    assert unseen.inside().all()


def test_above_the_size_of_sdxls_own_images_an_edit_is_blended_and_not_replaced(
    sdxl: StableDiffusionXLPipeline, build: Request
) -> None:
    """At 264 pixels the tiny network's smallest layers have 33 x 33 tokens, as SDXL's have at 1056."""
    sampling = Sampling(width=264, height=264, steps=2, guidance=1.0, local_blend=True, blend_threshold=0.97)
    (pair,) = PairSampler(sdxl, sampling).make([build(nouns=("cat", "dog"), self_share=0.0)], 1)

    assert isinstance(pair, GeneratedPair)
    assert pair.attended is not None
    assert 0 < pair.attended.mean() < 1
    assert (pair.image1 != pair.image2).any()


def test_the_background_of_a_made_pair_is_kept(sdxl: StableDiffusionXLPipeline, build: Request) -> None:
    one = build(nouns=("cat", "dog"), cross_share=0.0, self_share=0.0)
    blended, plain = (
        PairSampler(sdxl, Sampling(width=64, height=64, steps=6, local_blend=local, blend_threshold=0.97)).make(
            [one], 1
        )[0]
        for local in (True, False)
    )
    assert isinstance(blended, GeneratedPair)
    assert isinstance(plain, GeneratedPair)
    assert blended.attended is not None
    assert plain.attended is not None
    assert 0 < plain.attended.mean() < 1
    assert 0 < blended.attended.mean() < 1

    kept, drifted = (outside_psnr(pair.image1, pair.image2, blended.attended) for pair in (blended, plain))
    assert kept > drifted + 6
    assert np.array_equal(blended.image1, plain.image1)
