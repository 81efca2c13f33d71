"""Ink: the pixels that stand out from their local background, and the glyphs that they form."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop

# Background: the median of a square of twice the box's height, within these limits in pixels; chosen.
_LEAST_SQUARE, _MOST_SQUARE = 31, 101
# Ink: distance from the background in grey levels, or as a share of the strongest in the window; chosen.
_FAINTEST_INK, _INK_SHARE, _FULL_INK = 24, 0.18, 0.7
_AROUND = 0.6  # share of the 2 pixels around the box that have it, too; chosen
_FILL, _COARSE = 0.4, 16  # share of a box that has the colour of a fill, and grey levels that are one; chosen
_LEAST_FRAME, _LEAST_INSIDE = 14, 5  # heights in pixels of a frame and of what is in it; chosen
_FRAMED, _FRAMED_ENDS = 0.5, 0.2  # share of its long sides and of its ends, which may be round; chosen
_RULE, _LEAST_RULE = 3, 24  # heights of a glyph, and pixels, from which a straight run is a rule; chosen

_MOST_PARTS = 5000  # of ink in a window; more are a pattern and no text, and are compared two by two; chosen

Glyphs = NDArray[np.int64]
"""(N, 4): x1, y1, x2, y2 of each, half-open."""


def measure_ink(image: RGB, here: Box) -> tuple[Flags, Floats]:
    """Which pixels stand out from their background, for text in a box, and how strongly, 0..1.

    The background is the local median; where the text stands on a fill too small for that, it is the fill.
    """
    square = int(np.clip(2 * (here[3] - here[1]), _LEAST_SQUARE, _MOST_SQUARE)) | 1
    distance = cv2.absdiff(image, np.asarray(cv2.medianBlur(np.ascontiguousarray(image), square))).max(2)
    ink, strength = _threshold(distance, distance)
    fill = _find_fill(image, ink, here)
    if fill is not None:
        distance = np.abs(image.astype(np.int16) - fill).max(2)
        ink, strength = _threshold(distance, crop(distance, here))
    return ink, strength


def _threshold(distance: NDArray[np.integer[Any]], text: NDArray[np.integer[Any]]) -> tuple[Flags, Floats]:
    strongest = max(1.0, float(np.percentile(text, 99)))
    strength = np.clip(distance / np.float32(_FULL_INK * strongest), 0, 1)
    return np.asarray(distance > max(_FAINTEST_INK, _INK_SHARE * strongest)), np.asarray(strength, np.float32)


def _find_fill(image: RGB, ink: Flags, here: Box) -> NDArray[np.int16] | None:
    """The colour that most of the box has, where it is ink itself."""
    pixels = crop(image, here).reshape(-1, 3).astype(np.int16)
    if not len(pixels):
        return None
    coarse = (pixels // _COARSE) @ np.array([1, 64, 4096])
    values, counts = np.unique(coarse, return_counts=True)
    of_fill = coarse == values[counts.argmax()]
    if of_fill.mean() < _FILL or ink[here[1] : here[3], here[0] : here[2]].ravel()[of_fill].mean() < _FILL:
        return None
    fill = np.asarray(np.median(pixels[of_fill], axis=0), np.int16)
    x1, y1, x2, y2 = here
    around = np.abs(crop(image, (max(0, x1 - 2), max(0, y1 - 2), x2 + 2, y2 + 2)).astype(np.int16) - fill).max(2)
    inside = np.abs(pixels - fill).max(1)
    outside = int((around < _COARSE).sum() - (inside < _COARSE).sum())
    return fill if outside >= _AROUND * (around.size - inside.size) else None


def find_glyphs(ink: Flags) -> Glyphs:
    """Connected parts, once frames and rules are gone; none where there are too many for text."""
    boxes, labels = _connect(ink)
    if not 0 < len(boxes) <= _MOST_PARTS:
        return boxes[:0]
    gone = np.isin(labels, 1 + _find_frames(boxes, labels)) | _find_rules(
        ink, float(np.median(boxes[:, 3] - boxes[:, 1]))
    )
    if gone.any():
        boxes, _ = _connect(ink & ~gone)
    return boxes


def _connect(ink: Flags) -> tuple[Glyphs, NDArray[np.int32]]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    left, top, width, height, _ = stats[1:].T.astype(np.int64)
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    return np.asarray(boxes, np.int64), np.asarray(labels, np.int32)


def _find_frames(boxes: Glyphs, labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Which parts run around others: borders of buttons and cells."""
    height = boxes[:, 3] - boxes[:, 1]
    frames = []
    for at in np.flatnonzero(height >= _LEAST_FRAME):
        x1, y1, x2, y2 = boxes[at]
        inside = (boxes[:, :2] > boxes[at, :2]).all(axis=1) & (boxes[:, 2:] < boxes[at, 2:]).all(axis=1)
        if (inside & (height >= _LEAST_INSIDE)).any():
            part = labels[y1:y2, x1:x2] == at + 1
            sides = part[:2].any(axis=0).mean(), part[-2:].any(axis=0).mean()
            ends = part[:, :2].any(axis=1).mean(), part[:, -2:].any(axis=1).mean()
            if min(sides) >= _FRAMED and min(ends) >= _FRAMED_ENDS:
                frames.append(at)
    return np.array(frames, np.int64)


def _find_rules(ink: Flags, height: float) -> Flags:
    """Straight runs longer than any character: borders of cells, underlines, axes."""
    long = max(_LEAST_RULE, round(_RULE * height)) | 1
    bare = ink.astype(np.uint8)
    across = cv2.morphologyEx(bare, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    down = cv2.morphologyEx(bare, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8))
    return np.asarray((across > 0) | (down > 0))
