"""Inpainting of photos by a network: its protocols, and how its pixels get into the photo."""

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
REACH = 1.0
"""Sizes of the hole around it that a network sees; chosen, not measured."""
LEAST_REACH = 64
"""Pixels around the hole that a network sees at least; chosen, not measured."""


def warm_up_input() -> tuple[RGB, Flags]:
    """An image of 512 x 512 pixels and its hole."""
    hole = np.zeros((512, 512), np.bool_)
    hole[128:384, 128:384] = True
    return np.full((512, 512, 3), 128, np.uint8), hole


class Inpainter(Protocol):
    """Fills holes with a plausible background."""

    models: tuple[ModelUse, ...]

    def __call__(self, image: RGB, hole: Flags) -> RGB:
        """The image with its hole (H x W, not empty) filled; pixels outside are untouched.

        Raises ServiceUnavailable where memory ran out, Refused where pixels are not finite.
        """


class PromptedInpainter(Protocol):
    """Paints what a prompt describes where an object was."""

    models: tuple[ModelUse, ...]

    def paint(self, image: RGB, mask: Flags, prompt: str, seed: int, cancellation: Cancellation) -> tuple[RGB, Flags]:
        """The image with the prompt in the place of the mask (H x W), and the pixels that may have changed.

        Raises WorkCancelled within one step of the cancellation, ServiceUnavailable where memory ran out, Refused where
        pixels are not finite.
        """


@dataclass(frozen=True)
class Margins:
    """Shares of a hole's size: its growth, for soft edges and shadows, and its feather; chosen, not measured."""

    growth: float = 0.07
    feather: float = 0.03

    def pixels(self, hole: Flags) -> tuple[int, int]:
        """Both in pixels, at least 2 and 1."""
        box = bounds(hole)
        size = float(((box[2] - box[0]) * (box[3] - box[1])) ** 0.5)
        return max(2, round(self.growth * size)), max(1, round(self.feather * size))


def dilate_hole(hole: Flags, margins: Margins) -> Flags:
    """The hole with its margin, for a network to fill."""
    return grow_mask(hole, margins.pixels(hole)[0])


def paste_hole(image: RGB, painted: RGB, hole: Flags, feather: int) -> RGB:
    """Paste the painted hole into the image, fading out over `feather` pixels around it; others are untouched."""
    near = grow_mask(hole, feather)
    away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip(1 - away / (feather + 1), 0, 1)[..., None]
    mixed = np.rint(image + (painted.astype(np.float32) - image) * share).astype(np.uint8)
    return np.where(near[..., None], mixed, image)


def context_box(hole: Flags, reach: float = REACH, least: int = LEAST_REACH) -> Box:
    """The box that a network sees: `reach` hole sizes and `least` pixels wider, as square as the image allows."""
    box, (height, width) = bounds(hole), hole.shape
    side = max(box[2] - box[0], box[3] - box[1])
    side = round(max(side * (1 + 2 * reach), side + 2 * least))
    left, right = _centre(box[0], box[2], side, width)
    top, bottom = _centre(box[1], box[3], side, height)
    return left, top, right, bottom


def _centre(start: int, end: int, side: int, length: int) -> tuple[int, int]:
    """A stretch of length `side` around start..end, inside 0..length."""
    side = min(max(side, end - start), length)
    first = min(max(0, (start + end - side) // 2), length - side)
    return first, first + side


def crop_both(image: RGB, hole: Flags, box: Box) -> tuple[RGB, Flags]:
    """The image and the hole in a box, contiguous."""
    place = window(box)
    return np.ascontiguousarray(image[place]), np.ascontiguousarray(hole[place])
