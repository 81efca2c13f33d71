"""The loop of both models: one seed is one image, whoever shares its batch; it reports steps and stops at once."""

from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
import pytest
import torch

from imgdiff.errors import ServiceUnavailable
from imgdiff.images import RGB
from imgdiff.records import ModelUse, Reason
from services.editing.backends.instruct.flow import FlowModel, FlowSampler
from services.editing.generation.instruct.pairs import ImageRequest
from services.gpu.compute import Batches

USE = ModelUse(stage="editing", name="tiny", version="local", sha256="1" * 64, licence="NOASSERTION")
TOLD = "Replace the dog with a cat."
Noise = Callable[..., RGB]


class Watched(FlowSampler):
    """Keeps the seeds of every batch; runs out of memory where a batch has more rows than `fits`."""

    fits = 99

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.batches: list[list[int]] = []

    def make(self, requests: Sequence[ImageRequest], real: int) -> list[RGB | Reason | None]:
        if len(requests) > self.fits:
            raise torch.OutOfMemoryError
        self.batches.append([request.seed for request in requests[:real]])
        return super().make(requests, real)


def _sampler(model: FlowModel, size: int = 2, halved: Callable[[], None] = pytest.fail, *given: object) -> Watched:
    return Watched(model, Batches(size, halved), USE, *given)


def test_a_seed_gives_the_same_bytes_in_any_batch_of_one_size(model: FlowModel, noise: Noise) -> None:
    asked = [
        ImageRequest(TOLD, 1, noise(64, 64)),
        ImageRequest(TOLD, 2, noise(64, 160)),  # of another size: no batch with the others
        ImageRequest("Replace the car with a cat.", 3, noise(64, 64, seed=1)),
        ImageRequest(TOLD, 2, noise(64, 64)),
    ]
    sampler = _sampler(model)
    together = sampler(asked)

    assert sorted(map(len, sampler.batches)) == [1, 1, 2]
    for request, one in zip(asked, together, strict=True):
        (alone,) = sampler([request])
        assert one.shape == request.image.shape
        assert np.array_equal(alone, one)
    assert not np.array_equal(together[0], together[3])


def test_prompt_and_image_both_matter(model: FlowModel, noise: Noise) -> None:
    base, told, shown = (
        np.asarray(_sampler(model, 1)([ImageRequest(prompt, 1, noise(64, 64, seed=seed))])[0], np.int64)
        for prompt, seed in ((TOLD, 0), ("Replace the dog with a cow.", 0), (TOLD, 1))
    )

    assert (base != told).any()
    assert (base != shown).any()


def test_a_photo_of_any_shape_comes_back_in_its_own_size(model: FlowModel, noise: Noise) -> None:
    for shape in ((97, 131), (131, 67), (64, 300)):
        (made,) = _sampler(model, 1)([ImageRequest(TOLD, 1, noise(*shape))])
        assert made.shape == (*shape, 3)
        assert made.dtype == np.uint8


def test_a_photo_that_is_much_longer_than_high_is_refused(model: FlowModel, noise: Noise) -> None:
    refused, made = _sampler(model, 1)([ImageRequest(TOLD, 1, noise(64, 640)), ImageRequest(TOLD, 1, noise(64, 64))])

    assert refused == Reason(code="edit.image_too_small", value=64, threshold=80)
    assert made.shape == (64, 64, 3)


def test_steps_are_reported_and_a_cancelled_batch_begins_no_further_one(model: FlowModel, noise: Noise) -> None:
    done: list[tuple[int, int]] = []
    sampler = _sampler(model, 2, pytest.fail, lambda *reported: done.append(reported))
    late = ImageRequest(TOLD, 1, noise(64, 64), lambda: len(done) >= 2)
    early = ImageRequest(TOLD, 2, noise(64, 64), lambda: len(done) >= 1)

    assert sampler([late, early]) == [None, None]
    assert done == [(1, 3), (2, 3)]
    done.clear()
    assert sampler([ImageRequest(TOLD, 1, noise(64, 64))])[0] is not None
    assert done == [(1, 3), (2, 3), (3, 3)]
    done.clear()
    assert sampler([ImageRequest(TOLD, 1, noise(64, 64), lambda: True)]) == [None]
    assert done == []


def test_a_cancelled_request_leaves_its_neighbour_the_same_bytes(model: FlowModel, noise: Noise) -> None:
    done: list[int] = []
    kept = ImageRequest(TOLD, 6, noise(64, 64))
    sampler = _sampler(model, 2, pytest.fail, lambda step, _: done.append(step))
    gone, made = sampler([ImageRequest(TOLD, 5, noise(64, 64), lambda: len(done) >= 1), kept])

    assert gone is None
    assert np.array_equal(made, _sampler(model)([ImageRequest(TOLD, 7, noise(64, 64)), kept])[1])


def test_out_of_memory_the_batch_is_halved_and_everything_is_made(model: FlowModel, noise: Noise) -> None:
    halved: list[int] = []
    sampler = _sampler(model, 4, lambda: halved.append(1))
    sampler.fits = 2
    asked = [ImageRequest(TOLD, seed, noise(64, 64)) for seed in range(3)]

    assert all(isinstance(one, np.ndarray) for one in sampler(asked))
    assert (halved, sampler.batches) == ([1], [[0, 1], [2]])
    sampler.fits = 0
    with pytest.raises(ServiceUnavailable):
        sampler(asked)


def test_an_image_that_overflows_is_counted_and_not_drawn(model: FlowModel, noise: Noise) -> None:
    whole = model.pipeline.vae
    model.pipeline.vae = deepcopy(whole)
    model.pipeline.vae.decoder.conv_out.weight.data.fill_(torch.inf)
    try:
        assert _sampler(model)([ImageRequest(TOLD, 1, noise(64, 64))]) == [Reason(code="edit.not_finite")]
    finally:
        model.pipeline.vae = whole


def test_long_prompts_are_not_read(model: FlowModel) -> None:
    assert model.reads(TOLD)
    assert not model.reads("very " * 400)
