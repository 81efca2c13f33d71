"""The size at which a network sees a photo, and the way there and back: no pixel moves.

Resizing maps the frame as a whole, edge to edge; padding adds rows and columns at the right and at the bottom alone.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.imaging.resizing import resize


@dataclass(frozen=True)
class Frame:
    """Rows and columns of a photo, of its part in the network's picture, and of that picture."""

    photo: tuple[int, int]
    inner: tuple[int, int]
    outer: tuple[int, int]

    def enter(self, photo: RGB) -> RGB:
        """The network's picture (outer) of a photo (H x W x 3)."""
        inside = resize(photo, *self.inner)
        rows, columns = (outer - inner for outer, inner in zip(self.outer, self.inner, strict=True))
        return np.asarray(cv2.copyMakeBorder(inside, 0, rows, 0, columns, cv2.BORDER_REFLECT_101), np.uint8)

    def leave(self, picture: RGB) -> RGB:
        """The picture of the network in the frame of the photo."""
        inside = np.ascontiguousarray(picture[: self.inner[0], : self.inner[1]])
        return resize(inside, *self.photo)


def refuse_shape(image: RGB, *, longest: int, least: int = 1) -> Reason | None:
    """The reason against an image more than `longest` times as long as wide, or with a side below `least` pixels."""
    short, long = sorted(image.shape[:2])
    needed = max(least, math.ceil(long / longest))
    return Reason(code="edit.image_too_small", value=short, threshold=needed) if short < needed else None


def pad_or_shrink(height: int, width: int, *, multiple: int, most: int) -> Frame:
    """A photo at its own size, padded to multiples; one of more than `most` pixels is shrunk to fewer."""
    if height * width <= most:
        padded = (math.ceil(height / multiple) * multiple, math.ceil(width / multiple) * multiple)
        return Frame((height, width), (height, width), padded)
    scale = math.sqrt(most / (height * width))
    shrunk = [max(multiple, int(side * scale) // multiple * multiple) for side in (height, width)]
    return Frame((height, width), (shrunk[0], shrunk[1]), (shrunk[0], shrunk[1]))


def stretch(height: int, width: int, *, multiple: int, pixels: int) -> Frame:
    """A photo of any size at about that number of pixels, in multiples, in about its own shape."""
    columns = math.sqrt(pixels * width / height)
    sides = [max(multiple, round(side / multiple) * multiple) for side in (columns * height / width, columns)]
    return Frame((height, width), (sides[0], sides[1]), (sides[0], sides[1]))
