"""Requested pairs of Prompt-to-Prompt: what its planning and its networks exchange."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.records import ModelUse, Reason
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.plans import PairPlan


@dataclass(frozen=True)
class PairRequest:
    """One pair to generate; `cancelled` is called before every step."""

    caption1: str
    caption2: str
    plan: PairPlan
    seed: int
    cancelled: Callable[[], bool] = lambda: False


class Sampler(Protocol):
    """Generates pairs; each depends only on its own request."""

    models: tuple[ModelUse, ...]

    def __call__(self, requests: Sequence[PairRequest]) -> Sequence[GeneratedPair | Reason | None]:
        """One for each request, a reason where it failed, None if it was cancelled.

        Raises ServiceUnavailable where memory ran out.
        """
