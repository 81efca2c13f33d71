"""An object at a place that a request marks."""

from dataclasses import dataclass

from imgdiff.records import Box
from services.imaging.arrays import Flags


@dataclass(frozen=True)
class MarkedObject:
    """Its noun, its box, and its outline (H x W of the photo) where that is known."""

    noun: str | None
    box: Box
    mask: Flags | None = None
