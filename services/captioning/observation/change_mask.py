"""Change mask: the pixels of a region that changed, as the outline of what came, went or was replaced."""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.boxes import shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags
from services.imaging.boxes import crop, grow, longest_side, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds

# All chosen, not measured.
_LONGEST = 160  # pixels of the longer side at which the outline is found
_FAINTEST = 5.0  # CIELAB distance of the faintest change
_LEAST = 0.08  # share of the box that an outline must cover
_LONGEST_CUT = 128  # pixels of the longer side at which GrabCut runs
_MARGIN = 0.25  # ground around the box as a share of its longer side
_LEAST_SEEDS = 30  # pixels of figure and of ground that GrabCut needs
_LEAST_FIGURE = 0.1  # share of the outline that a figure must cover
_ROUGH = 5  # pixels by which a given mask may be too small


def outline_change(image1: RGB, image2: RGB, box: Box, given: Flags | None) -> Flags:
    """Flags of the box's size; all set where the pixels have no outline. Both images are RGB in image1's frame.

    `given` are the changed pixels that detection found, flags of the box's size; the outline stays near them.
    """
    x1, y1, x2, y2 = box
    full = y2 - y1, x2 - x1
    shrink = min(1.0, _LONGEST / max(full))
    size = max(1, round(full[1] * shrink)), max(1, round(full[0] * shrink))
    windows = [cv2.resize(crop(image, box), size, interpolation=cv2.INTER_AREA) for image in (image1, image2)]
    distance = np.linalg.norm(to_lab(np.asarray(windows[0])) - to_lab(np.asarray(windows[1])), axis=2)
    changed = cv2.GaussianBlur(distance, (0, 0), 1.0) > _threshold(distance)
    if given is not None and given.any():
        near = cv2.resize(given.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        changed &= cv2.dilate(near, np.ones((_ROUGH, _ROUGH), np.uint8)) > 0
    outline = _fill(changed)
    if outline.mean() < _LEAST:
        return np.ones(full, bool) if given is None or not given.any() else given
    return np.asarray(cv2.resize(outline.astype(np.uint8), full[::-1], interpolation=cv2.INTER_LINEAR) > 0)


def cut_figure(image: RGB, box: Box, inside: Flags) -> tuple[Box, Flags]:
    """The part of an outline that one image's thing fills, where two things share it: its box and flags of that size.

    GrabCut (Rother et al., 2004) with the surroundings as ground; the whole outline where that leaves too little.
    """
    x1, y1, x2, y2 = box
    around = grow(box, round(_MARGIN * longest_side(box)), image.shape)
    left, top = around[:2]
    scene = crop(image, around)
    shrink = min(1.0, _LONGEST_CUT / max(scene.shape[:2]))
    size = max(1, round(scene.shape[1] * shrink)), max(1, round(scene.shape[0] * shrink))
    given = np.zeros(scene.shape[:2], np.uint8)
    given[y1 - top : y2 - top, x1 - left : x2 - left] = inside
    seeds = np.where(cv2.resize(given, size, interpolation=cv2.INTER_NEAREST) > 0, cv2.GC_PR_FGD, cv2.GC_BGD)
    if min((seeds == cv2.GC_BGD).sum(), (seeds == cv2.GC_PR_FGD).sum()) < _LEAST_SEEDS:
        return box, inside
    labels, small = seeds.astype(np.uint8), cv2.resize(scene, size, interpolation=cv2.INTER_AREA)
    cv2.setRNGSeed(0)
    cv2.grabCut(small, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    shown = cv2.resize((labels == cv2.GC_PR_FGD).astype(np.uint8), scene.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    flags = (shown[y1 - top : y2 - top, x1 - left : x2 - left] > 0) & inside
    if flags.sum() < _LEAST_FIGURE * inside.sum():
        return box, inside
    tight = bounds(flags)
    return shift(tight, x1, y1), flags[window(tight)]


def _threshold(distance: NDArray[np.float32]) -> float:
    """Half of Otsu's threshold, since parts near the ground's colour belong too; at least the faintest change."""
    levels = np.clip(distance * 2, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return max(_FAINTEST, 0.5 * otsu / 2)


def _fill(changed: Flags) -> Flags:
    """The flags closed, without specks and holes."""
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
