"""Shift-map inpainting: a hole is filled with other parts of the photo, cut where the seams show least and blended.

Whole pieces keep texture and straight lines sharp where patch averaging smears them (shift maps: Pritch, Kav-Venaki
and Peleg, 2009; He and Sun, 2012). Seams and light are computed on a small picture; the pixels are those of the photo.
"""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.limits import LONGEST_SEARCH_SIDE, MOST_BLENDED_PIXELS, MOST_LABELLED_PIXELS
from services.editing.removal.alpha_expansion import IMPOSSIBLE, Labels, assign_labels
from services.editing.removal.blending import solve_correction
from services.editing.removal.shifts import HEIGHT_COST, RIM, find_shifts
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds
from services.imaging.resizing import resize

REACH = 2.0
"""Sizes of the hole around it from which pieces may come; chosen, not measured."""
# Chosen, not measured.
_LEAST_REACH = 48  # pixels
_EDGE_WEIGHT = 0.5  # of steps in lightness beside colours
_FEW_SHIFTS = 8  # below it the pixels to avoid are searched too
_AVOID_COST = 20.0  # of a pixel that should be avoided, in Lab units
_HEIGHT_WEIGHT = 0.1  # of a shift's height beside seams
_MISSING = 0.1  # share of the hole that nothing fits, above which it stays unfilled

Kind = TypeVar("Kind", bound=np.generic)
Shifts = NDArray[np.float32]
"""Labels x 2: columns and rows, in pixels of the full crop."""


@dataclass(frozen=True)
class _View:
    """A crop at one scale: picture (H x W x 3), hole and pixels to avoid (H x W)."""

    picture: RGB
    hole: Flags
    avoid: Flags
    scale: float

    @property
    def known(self) -> Flags:
        """The pixels that a filling has to fit."""
        return np.asarray(~(self.hole | self.avoid))

    def at(self, scale: float) -> "_View":
        """The same crop, smaller."""
        rows, columns = (max(8, round(side * scale)) for side in self.hole.shape)
        hole, avoid = (
            cv2.resize(flags.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0.05
            for flags in (self.hole, self.avoid)
        )
        return _View(resize(self.picture, rows, columns), hole, avoid & ~hole, rows / self.hole.shape[0])


def inpaint_with_shift_map(
    image: RGB, hole: Flags, avoid: Flags, height_cost: float = HEIGHT_COST, reach: float = REACH
) -> RGB | None:
    """The image with its hole filled; None when no free part of the surroundings fits. Pixels outside are untouched."""
    around = window(grow(bounds(hole), _LEAST_REACH, image.shape, share=reach))
    full = _View(np.ascontiguousarray(image[around]), hole[around], avoid[around] & ~hole[around], 1.0)
    pixels = int(full.hole.sum())
    small = full.at(min(1.0, LONGEST_SEARCH_SIDE / max(full.hole.shape)))
    lab = to_lab(small.picture)
    found = find_shifts(lab, small.hole, small.hole | small.avoid, height_cost)
    if len(found) < _FEW_SHIFTS:
        found += find_shifts(lab, small.hole, small.hole, height_cost)
    if not found:
        return None
    shifts = np.array(list(dict.fromkeys(found)), np.float32) / small.scale
    cutting = full.at(min(small.scale, (MOST_LABELLED_PIXELS / pixels) ** 0.5))
    labels, misfit = _cut(cutting, shifts, height_cost)
    if misfit >= IMPOSSIBLE * _MISSING:
        return None
    result = image.copy()
    result[around] = _compose(full, shifts, labels, min(1.0, (MOST_BLENDED_PIXELS / pixels) ** 0.5))
    return result


def _cut(view: _View, shifts: Shifts, height_cost: float) -> tuple[Labels, float]:
    """The label of every pixel around the hole, at this scale, and the mean cost of a pixel of the hole."""
    features = _compute_features(view.picture)
    box = grow(bounds(view.hole), RIM + 1, view.hole.shape)
    here = window(box)
    region, known = view.hole[here], view.known[here]
    size = (2 * RIM + 1, 2 * RIM + 1)
    near = cv2.boxFilter(known.astype(np.float32), -1, size, normalize=False)
    rim = region & ~ndimage.binary_erosion(region, iterations=2, border_value=1) & (near > 0)
    looks, data = [], []
    for shift in shifts * view.scale:
        source = _Source(box, shift)
        looks.append(source.take(features))
        misfit = (np.linalg.norm(looks[-1] - features[here], axis=-1) * known).astype(np.float32)
        spread = cv2.boxFilter(misfit, -1, size, normalize=False) / np.maximum(near, 1)
        cost = np.where(rim, spread, 0) + _HEIGHT_WEIGHT * height_cost * abs(float(shift[1])) / view.hole.shape[0]
        cost = cost + _AVOID_COST * source.take(view.avoid)
        data.append(np.where(source.take(view.hole) | source.outside(view.hole.shape), IMPOSSIBLE, cost))
    labels = np.zeros(view.hole.shape, np.int64)
    labels[here], mean_cost = assign_labels(np.stack(data).astype(np.float32), np.stack(looks), region)
    return _extend(labels, view.hole), mean_cost


def _extend(labels: Labels, hole: Flags) -> Labels:
    """The hole's labels, and for every other pixel that of the nearest one in the hole."""
    nearest = ndimage.distance_transform_edt(~hole, return_distances=False, return_indices=True)
    return np.asarray(labels[tuple(nearest)])


def _compute_features(picture: RGB) -> Floats:
    """Lab colour and the gradient of lightness, H x W x 5."""
    lab = to_lab(picture)
    steps = [cv2.Sobel(lab[..., 0], cv2.CV_32F, x, 1 - x, ksize=3) / 4 for x in (1, 0)]
    return np.asarray(np.dstack([lab, *(_EDGE_WEIGHT * step for step in steps)]), np.float32)


class _Source:
    """The pixels of a box, shifted."""

    def __init__(self, box: Box, shift: Shifts) -> None:
        self._columns = np.arange(box[0], box[2]) + round(float(shift[0]))
        self._rows = np.arange(box[1], box[3]) + round(float(shift[1]))

    def take(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """The values there; beyond the border those of the border are repeated."""
        rows = np.clip(self._rows, 0, values.shape[0] - 1)
        columns = np.clip(self._columns, 0, values.shape[1] - 1)
        return np.asarray(values[rows[:, None], columns[None]])

    def outside(self, shape: tuple[int, ...]) -> Flags:
        """Which of the pixels are beyond the border."""
        rows = (self._rows < 0) | (self._rows >= shape[0])
        columns = (self._columns < 0) | (self._columns >= shape[1])
        return np.asarray(rows[:, None] | columns[None])


def _compose(full: _View, shifts: Shifts, labels: Labels, scale: float) -> RGB:
    """The crop with its hole filled; its light is corrected at that scale."""
    box = grow(bounds(full.hole), 2 * RIM, full.hole.shape)
    here = window(box)
    low = full.at(scale)
    step = _correct_light(low, shifts * low.scale, _resize_labels(labels, low.hole.shape))
    large = cv2.resize(step, full.hole.shape[::-1], interpolation=cv2.INTER_LINEAR)
    filled = _join_parts(full.picture, box, shifts, labels) + large[here]
    result = full.picture.copy()
    result[here] = np.where(full.hole[here][..., None], np.rint(np.clip(filled, 0, 255)), result[here])
    return result


def _join_parts(picture: RGB, box: Box, shifts: Shifts, labels: Labels) -> Floats:
    """Every pixel of the box from its label's source; seams are feathered over one pixel of `labels`."""
    total = np.zeros((box[3] - box[1], box[2] - box[0], 3), np.float32)
    weights = np.zeros(total.shape[:2], np.float32)
    for label in np.unique(labels):
        chosen = cv2.resize((labels == label).astype(np.float32), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        weight = chosen[window(box)]
        if weight.any():
            total += weight[..., None] * _Source(box, shifts[label]).take(picture)
            weights += weight
    return np.asarray(total / np.maximum(weights, 1e-6)[..., None], np.float32)


def _correct_light(low: _View, shifts: Shifts, labels: Labels) -> Floats:
    """What to add to every pixel of the crop, at this scale."""
    box = grow(bounds(low.hole), 2, low.hole.shape)
    here = window(box)
    parts = _join_parts(low.picture, box, shifts, labels)
    result = np.zeros(low.picture.shape, np.float32)
    photo = low.picture[here].astype(np.float32)
    result[here] = solve_correction(photo, parts, labels[here], low.hole[here], low.known[here])
    return result


def _resize_labels(labels: Labels, shape: tuple[int, ...]) -> Labels:
    return np.asarray(cv2.resize(labels.astype(np.int16), shape[::-1], interpolation=cv2.INTER_NEAREST), np.int64)
