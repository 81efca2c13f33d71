"""A photo whose object was removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.masks import bounds


@dataclass(frozen=True)
class Filling:
    """A photo with one hole filled, stored as what differs from the photo; `anomaly` 0 is as its surroundings."""

    photo: RGB
    box: Box
    patch: RGB
    filled: Flags
    anomaly: float

    @classmethod
    def of(cls, photo: RGB, image: RGB, hole: Flags, anomaly: float) -> Self:
        """From whole images: H x W x 3 both, `hole` H x W."""
        box = bounds((photo != image).any(axis=2) | hole)
        return cls(photo, box, image[window(box)].copy(), hole[window(box)].copy(), anomaly)

    @property
    def image(self) -> RGB:
        """The photo without the object."""
        result = self.photo.copy()
        result[window(self.box)] = self.patch
        return result

    @property
    def hole(self) -> Flags:
        """The pixels that were replaced, H x W."""
        result = np.zeros(self.photo.shape[:2], np.bool_)
        result[window(self.box)] = self.filled
        return result


Remove = Callable[[RGB, Sequence[Flags], Flags, float], tuple[Filling, ...]]
"""Fills one of the holes (likeliest first) without copying from other objects; see `ObjectRemover`."""
