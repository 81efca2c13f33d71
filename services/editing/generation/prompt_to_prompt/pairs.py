"""Requested and generated pairs: the protocols between the generator and the networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.generation.prompt_to_prompt.candidates import Likeness
from services.editing.generation.prompt_to_prompt.plans import PairPlan
from services.imaging.arrays import Flags


@dataclass(frozen=True)
class PairRequest:
    """One pair to generate; `cancelled` is called before every step."""

    caption1: str
    caption2: str
    plan: PairPlan
    seed: int
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class GeneratedPair:
    """The images of one pair (H x W x 3), and where local blend let the second differ (H x W), if it was on."""

    image1: RGB
    image2: RGB
    blended: Flags | None


class PairMaker(Protocol):
    """Generates pairs; each depends only on its own request."""

    models: tuple[ModelUse, ...]

    def __call__(self, requests: Sequence[PairRequest]) -> list[GeneratedPair | None]:
        """One for each request, None if it was cancelled; raises ServiceUnavailable where memory ran out."""


class PairJudge(Protocol):
    """Scores how well images and captions match."""

    models: tuple[ModelUse, ...]

    def __call__(self, pairs: Sequence[tuple[RGB, RGB]], captions: Sequence[tuple[str, str]]) -> list[Likeness]:
        """One for each pair with its captions; raises ServiceUnavailable where memory ran out."""
