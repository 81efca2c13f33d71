"""Holes of real photos painted by a network: the seam, and how its pixels come back into the photo."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.masks import bounds, grow_mask
from services.serving.cancellation import Cancellation

BACKGROUND = "empty background, nothing there"
"""The prompt of a removal."""


def trial() -> tuple[RGB, Flags]:
    """An image and a hole to warm up with, as large as networks see them."""
    hole = np.zeros((512, 512), np.bool_)
    hole[128:384, 128:384] = True
    return np.full((512, 512, 3), 128, np.uint8), hole


class Inpainter(Protocol):
    """Paints over holes with what could be behind."""

    models: tuple[ModelUse, ...]

    def __call__(self, image: RGB, hole: Flags) -> RGB:
        """The image with its hole (H x W, not empty) painted; what is outside it is untouched.

        Raises ServiceUnavailable where memory is too small for the moment.
        """


class PromptedInpainter(Protocol):
    """Paints what it is told where a thing was."""

    models: tuple[ModelUse, ...]

    def paint(self, image: RGB, thing: Flags, prompt: str, seed: int, cancellation: Cancellation) -> tuple[RGB, Flags]:
        """The image with the prompt in the place of the thing, and the pixels that were allowed to change.

        Raises WorkCancelled within one step of the cancellation, ServiceUnavailable where memory is too small.
        """


@dataclass(frozen=True)
class Margins:
    """Shares of a hole's size: how much it is grown by, for soft edges and shadows, and how softly it ends."""

    grown: float = 0.07
    feather: float = 0.03

    def of(self, hole: Flags) -> tuple[int, int]:
        """Both in pixels, at least 2 and 1."""
        box = bounds(hole)
        size = float(((box[2] - box[0]) * (box[3] - box[1])) ** 0.5)
        return max(2, round(self.grown * size)), max(1, round(self.feather * size))


def dilated(hole: Flags, margins: Margins) -> Flags:
    """The hole that a network is to paint."""
    return grow_mask(hole, margins.of(hole)[0])


def pasted(image: RGB, painted: RGB, hole: Flags, feather: int) -> RGB:
    """The painted hole in the image, fading out over `feather` pixels around it; beyond them nothing is touched."""
    near = grow_mask(hole, feather)
    away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip(1 - away / (feather + 1), 0, 1)[..., None]
    mixed = np.rint(image + (painted.astype(np.float32) - image) * share).astype(np.uint8)
    return np.where(near[..., None], mixed, image)


def surroundings(hole: Flags, reach: float = 1.0, least: int = 64) -> Box:
    """What a network needs to see around the hole: a box as square as the image allows, `reach` hole sizes wider."""
    box, (height, width) = bounds(hole), hole.shape
    side = max(box[2] - box[0], box[3] - box[1])
    side = round(max(side * (1 + 2 * reach), side + 2 * least))
    left, right = _around(box[0], box[2], side, width)
    top, bottom = _around(box[1], box[3], side, height)
    return left, top, right, bottom


def _around(start: int, end: int, side: int, length: int) -> tuple[int, int]:
    """A stretch of that side around start..end, pushed inside 0..length and cut to it."""
    side = min(max(side, end - start), length)
    first = min(max(0, (start + end - side) // 2), length - side)
    return first, first + side


def seen(image: RGB, hole: Flags, box: Box) -> tuple[RGB, Flags]:
    """The image and the hole in a box."""
    place = window(box)
    return np.ascontiguousarray(image[place]), np.ascontiguousarray(hole[place])
