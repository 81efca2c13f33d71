"""Pixel difference that tolerates small misregistration."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.detection.evidence.antialiasing import find_antialiased
from services.detection.evidence.view import PixelEvidence, View
from services.detection.limits import CHANGE_FLOOR, CHANGE_FLOOR_EXACT, MISREGISTERED_EDGES
from services.imaging.arrays import Flags, Floats
from services.imaging.channels import take_worst
from services.imaging.edges import find_edges

# Chosen on the test pairs, none measured apart.
_RADIUS = 3  # pixels of tolerance at most
_BLOCK = 16  # pixels a side
_FULL_BLOCK = 1.5  # flagged pixels from which a block counts
_NOISE, _MOST_NOISE = 4.0, 30.0  # sigmas and grey levels of fine noise added to the floor
_SAME_SHARE = 0.8  # of the share before: a larger tolerance that leaves more than that explains nothing


def collect_evidence(view: View) -> PixelEvidence:
    """Measure the difference under the smallest tolerance that flags few of the blocks that hold edges.

    A drawing that was rendered twice needs none: what differs there is anti-aliasing, which is left out, or a change.
    """
    image1, image2, content = view.image1, view.sure2, view.content
    if view.exact and content is Content.DRAWN:
        difference = take_worst(cv2.absdiff(image1, image2)).astype(np.float32)
        difference[find_antialiased(image1, image2, difference > CHANGE_FLOOR_EXACT)] = 0
        return PixelEvidence(difference, CHANGE_FLOOR_EXACT, 0)
    floor = CHANGE_FLOOR_EXACT if view.exact and content is not Content.BINARY else CHANGE_FLOOR
    threshold = floor + min(_MOST_NOISE, _NOISE * _measure_noise(image1, image2))
    least = 0 if view.exact or content is Content.BINARY else 1
    edges = _flag_blocks(find_edges(image1) & view.valid)
    excess, before = measure_excess(image1, image2, least), np.inf
    radius = least
    for radius in range(least, _RADIUS + 1):
        excess = measure_excess(image1, image2, radius)
        excess[~view.valid] = 0
        share = float((_flag_blocks(excess > threshold) & edges).sum() / max(1, edges.sum()))
        if share < MISREGISTERED_EDGES or share > _SAME_SHARE * before:
            break
        before = share
    return PixelEvidence(excess, threshold, radius)


def measure_excess(image1: RGB, image2: RGB, radius: int) -> Floats:
    """Grey levels by which either image leaves the other's range within `radius` pixels; the worst channel."""
    if radius == 0:
        return take_worst(cv2.absdiff(image1, image2)).astype(np.float32)
    shape = cv2.MORPH_ELLIPSE if radius > 1 else cv2.MORPH_RECT
    kernel = cv2.getStructuringElement(shape, (2 * radius + 1, 2 * radius + 1))

    def outside(one: RGB, two: RGB) -> RGB:
        above = cv2.subtract(one, cv2.dilate(two, kernel))  # saturates at 0
        return take_worst(cv2.max(above, cv2.subtract(cv2.erode(two, kernel), one)))

    return np.maximum(outside(image1, image2), outside(image2, image1)).astype(np.float32)


def _measure_noise(image1: RGB, image2: RGB) -> float:
    """Standard deviation in grey levels of the fine difference, robust against changes."""
    grey = cv2.cvtColor(image1, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey -= cv2.cvtColor(image2, cv2.COLOR_RGB2GRAY)
    return 1.4826 * float(np.median(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2))))


def _flag_blocks(flags: Flags) -> Flags:
    height, width = flags.shape
    size = (max(1, width // _BLOCK), max(1, height // _BLOCK))
    shares = cv2.resize(flags.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(shares > _FULL_BLOCK / _BLOCK**2)
