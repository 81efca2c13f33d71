"""Evidence of change: pixel difference that tolerates small misregistration, and what kind of picture it is read on."""

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.evidence.antialiasing import antialiased
from services.imaging.arrays import Flags, Floats

_BLOCK = 16
_RADIUS = 3
_EDGE_SHARE = 0.12  # of the blocks with edges; more means that the images are still misregistered
_EQUAL = 0.6  # share of equal pixels above which the rest is an edit
_FEW_EDGES = 0.002  # share of pixels
_FLOOR = 18.0
_FLOOR_EXACT = 12.0


class Content(Enum):
    """How a picture is made, which decides what its pixels can prove."""

    BINARY = "binary"
    GRAPHIC = "graphic"
    PHOTO = "photo"


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


def same_capture(image1: RGB, image2: RGB) -> bool:
    """Whether most pixels are equal without any warp, those on edges too: one capture, edited."""
    if image1.shape != image2.shape:
        return False
    equal = cv2.absdiff(image1, image2).max(2) <= 2
    if equal.mean() <= _EQUAL:
        return False
    edges = _edges(image1)
    return bool(edges.mean() < _FEW_EDGES or equal[edges].mean() > _EQUAL)


def content_of(image1: RGB, image2: RGB) -> Content:
    """Two levels only, flat areas, or a photo."""
    if min(image1.shape[:2]) < 64:
        return Content.GRAPHIC
    levels = np.zeros(256)
    for image in (image1, image2):
        levels += np.bincount(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).ravel()[::7], minlength=256)
    levels /= levels.sum()
    dark, bright = levels[:24].sum(), levels[232:].sum()
    if dark + bright > 0.93 and dark > 0.01:
        return Content.BINARY
    return Content.GRAPHIC if min(_flat(image1), _flat(image2)) > 0.35 else Content.PHOTO


def _flat(image: RGB) -> float:
    kernel = np.ones((3, 3), np.uint8)
    return float(np.mean((cv2.dilate(image, kernel) - cv2.erode(image, kernel)).max(2) <= 1))


def excess(image1: RGB, image2: RGB, radius: int) -> Floats:
    """Grey levels by which either image leaves the other's range within `radius` pixels; the worst channel."""
    if radius == 0:
        return np.asarray(cv2.absdiff(image1, image2).max(2), dtype=np.float32)
    shape = cv2.MORPH_ELLIPSE if radius > 1 else cv2.MORPH_RECT
    kernel = cv2.getStructuringElement(shape, (2 * radius + 1, 2 * radius + 1))

    def outside(one: RGB, two: RGB) -> RGB:
        above = cv2.subtract(one, cv2.dilate(two, kernel))  # saturates at 0
        return np.asarray(np.maximum(above, cv2.subtract(cv2.erode(two, kernel), one)).max(2))

    return np.maximum(outside(image1, image2), outside(image2, image1)).astype(np.float32)


def noise(image1: RGB, image2: RGB) -> float:
    """Standard deviation in grey levels of the fine difference, robust against changes."""
    grey = cv2.cvtColor(image1, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey -= cv2.cvtColor(image2, cv2.COLOR_RGB2GRAY)
    return 1.4826 * float(np.median(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2))))


def pixel_evidence(image1: RGB, image2: RGB, valid: Flags, content: Content, exact: bool) -> PixelEvidence:
    """The smallest tolerance under which few of the blocks that hold edges are flagged.

    A drawing that was rendered twice needs none: what differs there is anti-aliasing, which is left out, or a change.
    """
    if exact and content is Content.GRAPHIC:
        difference = cv2.absdiff(image1, image2).max(2).astype(np.float32)
        difference[antialiased(image1, image2)] = 0
        return PixelEvidence(difference, _FLOOR_EXACT, 0)
    floor = _FLOOR_EXACT if exact and content is not Content.BINARY else _FLOOR
    threshold = floor + min(30.0, 4 * noise(image1, image2))
    least = 0 if exact or content is Content.BINARY else 1
    edges = _blocks(_edges(image1) & valid)
    found, before = excess(image1, image2, least), np.inf
    radius = least
    for radius in range(least, _RADIUS + 1):
        found = excess(image1, image2, radius)
        found[~valid] = 0
        share = float((_blocks(found > threshold) & edges).sum() / max(1, edges.sum()))
        if share < _EDGE_SHARE or share > 0.8 * before:
            break
        before = share
    return PixelEvidence(found, threshold, radius)


def _edges(image: RGB) -> Flags:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 40)


def _blocks(flags: Flags) -> Flags:
    height, width = flags.shape
    size = (max(1, width // _BLOCK), max(1, height // _BLOCK))
    shares = cv2.resize(flags.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(shares > 1.5 / _BLOCK**2)
