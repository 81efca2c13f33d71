"""Presence sources: networks that are asked, for all regions of a batch at once, whether a place shows a thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse


@dataclass(frozen=True)
class PresenceQuestion:
    """Whether the image (height x width x 3, RGB, 0..255) shows such a thing inside the box, in its pixels.

    The noun is in the singular, in lower case, without an article.
    """

    image: RGB
    box: Box
    noun: str


class PresenceSource(Protocol):
    """A network with limits of its own for yes and no. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The weights in use; a source that shares one with the writer is not independent of it."""

    def warm_up(self) -> None:
        """Run the network once, where it runs in this process."""

    def find(self, questions: Sequence[PresenceQuestion]) -> Sequence[bool | ImgdiffError | None]:
        """Yes, no, null where it cannot tell, or an error, for each in order; none depends on the others."""
