"""What instruction pairs and the networks that make their images exchange."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse, Reason


@dataclass(frozen=True)
class InstructedPair:
    """One pair to make: image1 is the photo (H x W x 3) or generated from the caption, image2 follows from it.

    `cancelled` is called before every step.
    """

    photo: RGB | None
    caption: str | None
    instruction: str
    seeds: tuple[int, int]
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class ImageRequest:
    """One image to make: an edit of `image` (H x W x 3) as the prompt says, without one an image of what it says."""

    prompt: str
    seed: int
    image: RGB | None = None
    cancelled: Callable[[], bool] = lambda: False


class ImageMaker(Protocol):
    """Makes images; each depends only on its own request."""

    models: tuple[ModelUse, ...]
    generates: bool
    """Whether it can make an image from text alone."""
    steps: int

    def reads(self, prompt: str) -> bool:
        """Whether the text encoder reads the whole prompt."""

    def __call__(self, requests: Sequence[ImageRequest]) -> list[RGB | Reason | None]:
        """An image of the size of the request's own for each, a reason where it failed, None if it was cancelled.

        Raises ServiceUnavailable where memory ran out.
        """
