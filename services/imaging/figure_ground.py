"""Figure and ground: which of two images shows a thing at a region, and whether only its colour changed."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop, grow
from services.imaging.colours import to_lab

# Chosen by eye on synthetic pairs, not measured, unless a line states otherwise.
_RING = 0.35  # width of the surroundings, as a share of the box's shorter side
_LEAST_RING = 4  # pixels
_SIDE = 96  # pixels of the crop's longer side at which it is measured
_SAMPLES = 400  # pixels compared with one another on each side
_LEAST_SAMPLES = 8, 16  # pixels of ring and of change below which nothing is concluded
FLOOR = 2.0  # CIELAB distance below which colours count as equal
_SAME_STRUCTURE = 0.8  # correlation of lightness
_SAME_DETAIL = 0.75  # the same of what is finer; fruit that became sweets reaches .71, real recolouring nearly 1
_DETAIL = 3.0  # sigma in pixels of the crop, below which lightness is detail
_SMOOTH = 1.5  # standard deviation of lightness up to which there is no detail to compare
_SAME_HUE = 9.0  # mean distance in the a-b plane that is no change of colour
_BLACK = 16.0  # added to CIELAB lightness, so that more light multiplies it and both colour axes alike (CIE 015)
_VIVID = 8.0  # distance from grey in the a-b plane that one of the two colours must have
_FILLED = 0.1  # share of the box below which changed pixels do not outline the change


@dataclass(frozen=True)
class PairCrop:
    """One region with its surroundings, cut from both images on one grid; `inside` flags its changed pixels."""

    crop1: RGB
    crop2: RGB
    inside: Flags

    @property
    def ring(self) -> Flags:
        """The surroundings: pixels outside the change and not next to it."""
        grown = cv2.dilate(self.inside.astype(np.uint8), np.ones((3, 3), np.uint8))
        return np.asarray(grown == 0)


def crop_pair(image1: RGB, image2: RGB, box: Box, changed: Flags | None) -> PairCrop:
    """Cut a box with its surroundings from both images, at most 96 pixels on a side.

    `changed` has the size of the box; null where nothing is known of its pixels.
    """
    x1, y1, x2, y2 = box
    margin = max(_LEAST_RING, round(_RING * min(x2 - x1, y2 - y1)))
    around = grow(box, margin, image1.shape)
    left, top, right, bottom = around
    inside = np.zeros((bottom - top, right - left), np.uint8)
    inside[y1 - top : y2 - top, x1 - left : x2 - left] = _close(changed, box)
    shrink = min(1.0, _SIDE / max(inside.shape))
    size = (max(1, round(inside.shape[1] * shrink)), max(1, round(inside.shape[0] * shrink)))
    crop1, crop2 = (
        np.asarray(cv2.resize(crop(image, around), size, interpolation=cv2.INTER_AREA), np.uint8)
        for image in (image1, image2)
    )
    small = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST).astype(bool)
    return PairCrop(crop1, crop2, small if small.any() else np.ones_like(small))


def score_figure(pair: PairCrop) -> float:
    """Above 0 when image1 shows a thing where image2 shows ground, below 0 the other way; log of a ratio.

    Ground continues its surroundings: its colours occur in the ring, and no contour follows the change.
    """
    anomaly1, anomaly2 = score_anomaly(pair)
    outline1, outline2 = score_outline(pair)
    return float(np.log((anomaly1 + FLOOR) / (anomaly2 + FLOOR)) + np.log((outline1 + FLOOR) / (outline2 + FLOOR)))


def score_anomaly(pair: PairCrop) -> tuple[float, float]:
    """For each image the mean CIELAB distance of the change's pixels to the nearest colours of its surroundings."""
    return _score_anomaly(pair.crop1, pair), _score_anomaly(pair.crop2, pair)


def score_outline(pair: PairCrop) -> tuple[float, float]:
    """For each image the mean CIELAB step along the outline of the change."""
    return _score_outline(pair.crop1, pair.inside), _score_outline(pair.crop2, pair.inside)


def keeps_structure(pair: PairCrop) -> bool:
    """Whether lightness has the same coarse structure in both images, as under a shadow or other paint."""
    inner = cv2.erode(pair.inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0  # not the soft rim
    light1, light2 = (to_lab(image)[..., 0][inner] for image in (pair.crop1, pair.crop2))
    if len(light1) < _LEAST_SAMPLES[1] or light1.std() < 1 or light2.std() < 1:
        return False
    return float(np.corrcoef(light1, light2)[0, 1]) > _SAME_STRUCTURE


def is_recoloured(pair: PairCrop) -> bool:
    """Whether lightness has the same structure in both images, detail included, and only the colour differs."""
    if not keeps_structure(pair) or not _keeps_detail(pair):
        return False
    lab1, lab2 = (to_lab(image)[pair.inside] for image in (pair.crop1, pair.crop2))
    gain = (lab2[:, 0].mean() + _BLACK) / (lab1[:, 0].mean() + _BLACK)  # brighter or darker light, which is no paint
    shift = float(np.linalg.norm(gain * lab1[:, 1:] - lab2[:, 1:], axis=1).mean())
    vivid = max(float(np.linalg.norm(lab[:, 1:], axis=1).mean()) for lab in (lab1, lab2))
    return shift > _SAME_HUE and vivid > _VIVID


def _keeps_detail(pair: PairCrop) -> bool:
    lights = (to_lab(image)[..., 0] for image in (pair.crop1, pair.crop2))
    detail1, detail2 = ((light - cv2.GaussianBlur(light, (0, 0), _DETAIL))[pair.inside] for light in lights)
    if min(detail1.std(), detail2.std()) < _SMOOTH:
        return True
    return float(np.corrcoef(detail1, detail2)[0, 1]) > _SAME_DETAIL


def _close(changed: Flags | None, box: Box) -> NDArray[np.uint8]:
    """The changed pixels without gaps; the whole box where they are unknown or too few."""
    x1, y1, x2, y2 = box
    whole = np.ones((y2 - y1, x2 - x1), np.uint8)
    if changed is None:
        return whole
    inside = changed.astype(np.uint8)
    side = max(3, round(0.1 * min(inside.shape)) | 1)
    closed = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    return np.asarray(closed) if closed.mean() > _FILLED else whole


def _score_anomaly(image: RGB, pair: PairCrop) -> float:
    lab = to_lab(image)
    inside, ring = _sample(lab[pair.inside]), _sample(lab[pair.ring])
    if len(ring) < _LEAST_SAMPLES[0]:
        return 0.0
    distances = np.linalg.norm(inside[:, None] - ring[None], axis=2)
    return float(np.sort(distances, axis=1)[:, : max(1, len(ring) // 50)].mean())


def _score_outline(image: RGB, inside: Flags) -> float:
    lab = to_lab(image)
    flags = inside.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    band = cv2.dilate(flags, kernel) != cv2.erode(flags, kernel, borderValue=1)
    if not band.any():
        return 0.0
    steps = [cv2.morphologyEx(lab[..., channel], cv2.MORPH_GRADIENT, kernel)[band] for channel in range(3)]
    return float(np.linalg.norm(steps, axis=0).mean())


def _sample(pixels: Floats) -> Floats:
    return pixels[:: max(1, len(pixels) // _SAMPLES)]
