"""How far two drawn images differ at each pixel, beyond what a palette explains."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.drawn.palette import Codes, Palette, decode
from services.imaging.arrays import Flags, Levels
from services.imaging.channels import take_worst

_NEAR = 5  # pixels a side of the window whose mapped colours bound a blend of them; chosen, not measured


def measure_difference(image1: RGB, image2: RGB) -> Levels:
    """Grey levels, the worst channel, height x width."""
    return take_worst(cv2.absdiff(image1, image2))


def measure_unexplained(image1: RGB, image2: RGB, codes1: Codes, palette: Palette) -> tuple[Levels, Flags]:
    """Grey levels by which image2 leaves the palette, and the pixels at which that is certain."""
    everywhere = np.ones(codes1.shape, bool)
    if not palette.colours:
        return measure_difference(image1, image2), everywhere
    if palette.line is not None:
        return measure_difference(palette.line[image1, np.arange(3)], image2), everywhere
    recoloured, known = _map_colours(codes1, palette, image1)
    difference = measure_difference(recoloured, image2)
    if palette.is_tone:
        blended, anchors = ~known, known
    else:  # other colours stand for themselves
        blended, anchors = ~known & (cv2.dilate(known.astype(np.uint8), _kernel()) > 0), everywhere
    outside = _measure_outside(recoloured, image2, anchors)
    difference[blended] = outside[blended] if palette.is_tone else np.minimum(difference, outside)[blended]
    return difference, anchors


def _map_colours(codes1: Codes, palette: Palette, image1: RGB) -> tuple[RGB, Flags]:
    """image1 in image2's colours, and the pixels that have a mapped colour; the others keep theirs."""
    codes = np.array([colour.code for colour in palette.colours])
    targets = np.array([decode(colour.target) for colour in palette.colours], np.uint8)
    order = np.argsort(codes)
    index = np.searchsorted(codes[order], codes1).clip(0, len(codes) - 1)
    known = codes[order][index] == codes1
    recoloured = image1.copy()
    recoloured[known] = targets[order][index[known]]
    return recoloured, np.asarray(known)


def _measure_outside(recoloured: RGB, image2: RGB, anchors: Flags) -> Levels:
    """Grey levels by which image2 is outside the range of the anchors around: a blend of them is inside."""
    highest = cv2.dilate(np.where(anchors[..., None], recoloured, 0).astype(np.uint8), _kernel())
    lowest = cv2.erode(np.where(anchors[..., None], recoloured, 255).astype(np.uint8), _kernel())
    return take_worst(cv2.max(cv2.subtract(image2, highest), cv2.subtract(lowest, image2)))


def _kernel() -> Levels:
    return np.ones((_NEAR, _NEAR), np.uint8)
