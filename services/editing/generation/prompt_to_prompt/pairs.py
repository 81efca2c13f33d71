"""A pair to make and the pair that was made: the seam between what orders pairs and the networks that make them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.generation.prompt_to_prompt.candidates import Likeness
from services.editing.generation.prompt_to_prompt.plans import PairPlan
from services.imaging.arrays import Flags


@dataclass(frozen=True)
class PairOrder:
    """One pair to make; `cancelled` is asked before every step."""

    caption1: str
    caption2: str
    plan: PairPlan
    seed: int
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class MadePair:
    """The images of one pair, and where the local blend let the second differ, if there was one."""

    image1: RGB
    image2: RGB
    blended: Flags | None


class PairMaker(Protocol):
    """Makes pairs; each depends on its own order only."""

    models: tuple[ModelUse, ...]

    def __call__(self, orders: Sequence[PairOrder]) -> list[MadePair | None]:
        """One for each order, None where it was cancelled; raises ServiceUnavailable where memory is too small."""


class PairJudge(Protocol):
    """Tells how alike images and captions are."""

    models: tuple[ModelUse, ...]

    def __call__(self, pairs: Sequence[tuple[RGB, RGB]], captions: Sequence[tuple[str, str]]) -> list[Likeness]:
        """One for each pair with its captions; raises ServiceUnavailable where memory is too small."""
