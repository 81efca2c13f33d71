"""A pair on one grid, and the pixel evidence read from it."""

from dataclasses import dataclass

import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.imaging.arrays import Flags, Floats


@dataclass(frozen=True)
class View:
    """A pair on image1's grid; all images are height x width x 3."""

    image1: RGB
    raw2: RGB
    """image2 as it was captured, only warped."""
    image2: RGB
    """image2 in image1's light."""
    sure2: RGB
    """`image2` with image1's pixels where a burnt-out or black one may hide the same."""
    valid: Flags
    """Where image2 has pixels."""
    content: Content
    exact: bool
    """Whether both images are one capture, edited."""
    rendered: bool = False
    """Whether both were drawn by a program, on one grid and without loss, so that every pixel counts."""


@dataclass(frozen=True)
class PixelEvidence:
    """`excess` in grey levels per pixel, the threshold above which it is a change, and the tolerance in pixels."""

    excess: Floats
    threshold: float
    radius: int

    @property
    def changed(self) -> Flags:
        """Changed pixels."""
        return np.asarray(self.excess > self.threshold)
