"""Compiled networks make the same pairs, and new plans compile nothing again."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from torch._dynamo.testing import CompileCounter

from benchmarks.speed.random_sdxl import TINY, pipeline
from services.editing.backends.sdxl.compiling import compile_networks
from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.pairs import PairRequest

Request = Callable[..., PairRequest]
BLENDED = Sampling(width=64, height=64, steps=3, local_blend=True)


def _images(pairs: list[GeneratedPair | None]) -> list[np.ndarray]:
    assert None not in pairs
    return [image for pair in pairs if pair is not None for image in (pair.image1, pair.image2)]


@pytest.mark.slow  # torch traces every block in Python, for 20 s of a core
def test_compiled_networks_make_the_same_pairs_and_no_plan_compiles_again(build: Request) -> None:
    whole: StableDiffusionXLPipeline = pipeline(TINY)
    sampler = PairSampler(whole, BLENDED)
    first = [build(nouns=("cat", "dog")), build(seed=2, self_share=0.9, nouns=("cat", "dog"))]
    others = [build("two birds in a tree", "two fish in a tree", seed=3, self_share=0.0), build(seed=4, self_share=0.4)]
    expected = [_images(sampler.make(requests, 2)) for requests in (first, others)]
    torch.compiler.reset()
    counter = CompileCounter()  # what torch captured, run as it was written

    compile_networks(whole, decoder=True, backend=counter)
    made = _images(sampler.make(first, 2))
    graphs = counter.frame_count
    after = _images(sampler.make(others, 2))

    for images, before in ((made, expected[0]), (after, expected[1])):
        assert all((image == other).all() for image, other in zip(images, before, strict=True))
    assert graphs > 0
    assert counter.frame_count == graphs
    torch.compiler.reset()
