"""What the pixels of one place prove: which image shows a thing there, and whether only its colour changed."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.masks import Flags
from services.imaging.pixels import lab_of

_RING = 0.35  # width of the surroundings, as a share of the box's shorter side
_LONGEST = 96  # pixels of a region are judged at this size
_SAMPLES = 400
FLOOR = 2.0  # CIELAB distance below which colours count as equal
_SAME_STRUCTURE = 0.8
_SAME_HUE = 9.0  # mean distance in the a-b plane that is no change of colour
_VIVID = 8.0  # of which one side must be away from grey


@dataclass(frozen=True)
class Place:
    """One region on one grid: the window around it in both images, and its changed pixels in that window."""

    window1: RGB
    window2: RGB
    inside: Flags

    @property
    def ring(self) -> Flags:
        """The surroundings: the window's pixels outside the change, a little away from it."""
        grown = cv2.dilate(self.inside.astype(np.uint8), np.ones((3, 3), np.uint8))
        return np.asarray(grown == 0)


def place_of(image1: RGB, image2: RGB, box: Box, changed: Flags | None) -> Place:
    """The window of a box with its surroundings, shrunk to a size at which it can be judged at once.

    `changed` has the size of the box; null where nothing is known of its pixels.
    """
    height, width = image1.shape[:2]
    x1, y1, x2, y2 = box
    margin = max(4, round(_RING * min(x2 - x1, y2 - y1)))
    left, top, right, bottom = (
        max(0, x1 - margin),
        max(0, y1 - margin),
        min(width, x2 + margin),
        min(height, y2 + margin),
    )
    inside = np.zeros((bottom - top, right - left), np.uint8)
    inside[y1 - top : y2 - top, x1 - left : x2 - left] = _closed(changed, box)
    shrink = min(1.0, _LONGEST / max(inside.shape))
    size = (max(1, round(inside.shape[1] * shrink)), max(1, round(inside.shape[0] * shrink)))
    windows = [
        np.asarray(cv2.resize(image[top:bottom, left:right], size, interpolation=cv2.INTER_AREA), np.uint8)
        for image in (image1, image2)
    ]
    small = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST).astype(bool)
    return Place(windows[0], windows[1], small if small.any() else np.ones_like(small))


def thing_over_ground(place: Place) -> float:
    """Above 0 when image1 shows a thing where image2 shows ground, below 0 the other way; log of a ratio.

    Ground continues its surroundings: its colours occur in the ring, and no contour follows the change.
    """
    strange1, strange2 = strangeness(place)
    contour1, contour2 = contours(place)
    return float(np.log((strange1 + FLOOR) / (strange2 + FLOOR)) + np.log((contour1 + FLOOR) / (contour2 + FLOOR)))


def strangeness(place: Place) -> tuple[float, float]:
    """Of both images: mean CIELAB distance of the change's pixels to the nearest colours of its surroundings."""
    return _strangeness(place.window1, place), _strangeness(place.window2, place)


def contours(place: Place) -> tuple[float, float]:
    """Of both images: mean CIELAB step along the outline of the change."""
    return _contour(place.window1, place.inside), _contour(place.window2, place.inside)


def recoloured(place: Place) -> bool:
    """Same structure in lightness, another colour."""
    lab1, lab2 = (lab_of(window)[place.inside] for window in (place.window1, place.window2))
    if len(lab1) < 16 or lab1[:, 0].std() < 1 or lab2[:, 0].std() < 1:
        return False
    structure = float(np.corrcoef(lab1[:, 0], lab2[:, 0])[0, 1])
    shift = float(np.linalg.norm(lab1[:, 1:] - lab2[:, 1:], axis=1).mean())
    vivid = max(float(np.linalg.norm(lab[:, 1:], axis=1).mean()) for lab in (lab1, lab2))
    return structure > _SAME_STRUCTURE and shift > _SAME_HUE and vivid > _VIVID


def _closed(changed: Flags | None, box: Box) -> NDArray[np.uint8]:
    x1, y1, x2, y2 = box
    whole = np.ones((y2 - y1, x2 - x1), np.uint8)
    if changed is None:
        return whole
    inside = changed.astype(np.uint8)
    side = max(3, round(0.1 * min(inside.shape)) | 1)
    closed = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    return np.asarray(closed) if closed.mean() > 0.1 else whole


def _strangeness(window: RGB, place: Place) -> float:
    lab = lab_of(window)
    inside, ring = _sample(lab[place.inside]), _sample(lab[place.ring])
    if len(ring) < 8:
        return 0.0
    distances = np.linalg.norm(inside[:, None] - ring[None], axis=2)
    return float(np.sort(distances, axis=1)[:, : max(1, len(ring) // 50)].mean())


def _contour(window: RGB, inside: Flags) -> float:
    lab = lab_of(window)
    flags = inside.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    band = cv2.dilate(flags, kernel) != cv2.erode(flags, kernel, borderValue=1)
    if not band.any():
        return 0.0
    steps = [cv2.morphologyEx(lab[..., channel], cv2.MORPH_GRADIENT, kernel)[band] for channel in range(3)]
    return float(np.linalg.norm(steps, axis=0).mean())


def _sample(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels[:: max(1, len(pixels) // _SAMPLES)]
