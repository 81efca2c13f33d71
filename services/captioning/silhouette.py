"""Which pixels of a region the change is made of: the outline of what came, went or was replaced."""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import Box
from services.embedded.masks import Flags
from services.embedded.pixels import lab_of

_LONGEST = 160  # pixels a side at which the outline is found
_FAINTEST = 5.0  # CIELAB distance that no change goes below
_LEAST = 0.08  # share of the box that an outline must cover to be one
_ROUGH = 5  # pixels by which a given mask may be too small


def silhouette(image1: RGB, image2: RGB, box: Box, given: Flags | None) -> Flags:
    """Flags of the box's size; all of it where the pixels draw no outline. Both images are in image1's frame.

    `given` are the changed pixels by detection, of the box's size, if it gave any; the outline stays near them.
    """
    x1, y1, x2, y2 = box
    full = y2 - y1, x2 - x1
    shrink = min(1.0, _LONGEST / max(full))
    size = max(1, round(full[1] * shrink)), max(1, round(full[0] * shrink))
    windows = [cv2.resize(image[y1:y2, x1:x2], size, interpolation=cv2.INTER_AREA) for image in (image1, image2)]
    distance = np.linalg.norm(lab_of(np.asarray(windows[0])) - lab_of(np.asarray(windows[1])), axis=2)
    changed = cv2.GaussianBlur(distance, (0, 0), 1.0) > _threshold(distance)
    if given is not None and given.any():
        near = cv2.resize(given.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        changed &= cv2.dilate(near, np.ones((_ROUGH, _ROUGH), np.uint8)) > 0
    outline = _filled(changed)
    if outline.mean() < _LEAST:
        return np.ones(full, bool) if given is None or not given.any() else given
    return np.asarray(cv2.resize(outline.astype(np.uint8), full[::-1], interpolation=cv2.INTER_LINEAR) > 0)


def _threshold(distance: NDArray[np.float32]) -> float:
    """Otsu's, where it is above the faintest change; halved, for what lies near the ground's own colour belongs too."""
    levels = np.clip(distance * 2, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return max(_FAINTEST, 0.5 * otsu / 2)


def _filled(changed: Flags) -> Flags:
    """Closed, without specks and holes."""
    side = max(3, round(0.04 * max(changed.shape)) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    framed = np.pad(changed.astype(np.uint8), side)
    flags = np.asarray(cv2.morphologyEx(framed, cv2.MORPH_CLOSE, kernel), np.uint8)
    contours, _ = cv2.findContours(flags, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros_like(changed)
    largest = max(cv2.contourArea(one) for one in contours)
    solid = np.zeros_like(flags)
    cv2.drawContours(solid, [one for one in contours if cv2.contourArea(one) >= 0.05 * largest], -1, 1, cv2.FILLED)
    return np.asarray(solid[side:-side, side:-side] > 0)
