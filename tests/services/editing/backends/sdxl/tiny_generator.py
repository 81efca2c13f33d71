"""Generators over tiny random networks, and a request to them."""

import json
from collections.abc import Callable, Sequence

import torch

from imgdiff.records import ModelUse
from imgdiff.stages import Editing, EditingRequest
from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.generation.generator import PairGenerator
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.pairs import PairRequest
from services.editing.schema import EditWork
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket

WEIGHTS = ModelUse(stage="editing", name="tiny", version="local", sha256="1" * 64, licence="NOASSERTION")


SMALL = Sampling(width=32, height=32, steps=3, guidance=100)  # random networks hardly follow their prompts


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


def to_ticket(caption: str | None = "a cat on a sofa", cancellation: Cancellation | None = None, **asked: object):
    request = {"operation": "replace", "seed": 5, "count": 8, "caption": caption, **asked}
    work = EditWork(None, (), EditingRequest.model_validate_json(json.dumps(request)))
    return Ticket(work, cancellation or Cancellation())


def require_made(answer: object) -> Editing:
    assert isinstance(answer, Editing), answer
    assert answer.pair is not None, answer.reasons
    return answer
