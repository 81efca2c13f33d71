"""A hole covered by other parts of the photo, cut where the seams show least, their light bent to the hole's rim.

Whole pieces keep texture and straight lines sharp where patch averaging smears them (shift maps: Pritch, Kav-Venaki
and Peleg, 2009; He and Sun, 2012). Seams and light are found on a small picture; the pixels are those of the full one.
"""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.removal.alpha_expansion import NEVER, Labels, labelled
from services.editing.removal.blending import correction
from services.editing.removal.shifts import RIM, TILT, candidates
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds
from services.imaging.resizing import resize

_LONGEST_SIDE = 400  # of the picture in which shifts are looked for
_MOST_LABELLED, _MOST_BLENDED = 2500, 25000  # pixels of the hole when its seams are cut, and when it is blended
REACH = 2.0
_EDGES = 0.5  # weight of steps in lightness beside colours
_FEW = 8  # shifts
_OF_OTHERS = 20.0  # cost of a pixel of what should be avoided
_HEIGHT = 0.1  # weight of a shift's height beside seams

Kind = TypeVar("Kind", bound=np.generic)
Shifts = NDArray[np.float32]
"""Labels x 2: columns and rows, in pixels of the full crop."""


@dataclass(frozen=True)
class _View:
    """A crop at one scale: its picture, the hole, and what nothing should be taken from."""

    picture: RGB
    hole: Flags
    avoid: Flags
    scale: float

    @property
    def known(self) -> Flags:
        """What the hole's surroundings are known by."""
        return np.asarray(~(self.hole | self.avoid))

    def at(self, scale: float) -> "_View":
        """The same, smaller."""
        rows, columns = (max(8, round(side * scale)) for side in self.hole.shape)
        hole, avoid = (
            cv2.resize(flags.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0.05
            for flags in (self.hole, self.avoid)
        )
        return _View(resize(self.picture, rows, columns), hole, avoid & ~hole, rows / self.hole.shape[0])


def composed(image: RGB, hole: Flags, avoid: Flags, tilt: float = TILT, reach: float = REACH) -> RGB | None:
    """The hole covered; None when no free part of the surroundings fits. Pixels outside are untouched."""
    around = window(grow(bounds(hole), 48, image.shape, share=reach))
    full = _View(np.ascontiguousarray(image[around]), hole[around], avoid[around] & ~hole[around], 1.0)
    pixels = int(full.hole.sum())
    looking = full.at(min(1.0, _LONGEST_SIDE / max(full.hole.shape)))
    lab = to_lab(looking.picture)
    found = candidates(lab, looking.hole, looking.hole | looking.avoid, tilt)
    if len(found) < _FEW:
        found += candidates(lab, looking.hole, looking.hole, tilt)
    if not found:
        return None
    shifts = np.array(list(dict.fromkeys(found)), np.float32) / looking.scale
    cutting = full.at(min(looking.scale, (_MOST_LABELLED / pixels) ** 0.5))
    labels, misfit = _cut(cutting, shifts, tilt)
    if misfit >= NEVER / 10:  # a tenth of the hole has nothing that fits
        return None
    result = image.copy()
    result[around] = _drawn(full, shifts, labels, min(1.0, (_MOST_BLENDED / pixels) ** 0.5))
    return result


def _cut(view: _View, shifts: Shifts, tilt: float) -> tuple[Labels, float]:
    """The label of every pixel around the hole, at this scale, and the mean cost of one in it."""
    features = _features(view.picture)
    box = grow(bounds(view.hole), RIM + 1, view.hole.shape)
    here = window(box)
    region, known = view.hole[here], view.known[here]
    size = (2 * RIM + 1, 2 * RIM + 1)
    near = cv2.boxFilter(known.astype(np.float32), -1, size, normalize=False)
    rim = region & ~ndimage.binary_erosion(region, iterations=2, border_value=1) & (near > 0)
    looks, data = [], []
    for shift in shifts * view.scale:
        source = _Source(box, shift)
        looks.append(source.of(features))
        misfit = (np.linalg.norm(looks[-1] - features[here], axis=-1) * known).astype(np.float32)
        spread = cv2.boxFilter(misfit, -1, size, normalize=False) / np.maximum(near, 1)
        cost = np.where(rim, spread, 0) + _HEIGHT * tilt * abs(float(shift[1])) / view.hole.shape[0]
        cost = cost + _OF_OTHERS * source.of(view.avoid)
        data.append(np.where(source.of(view.hole) | source.outside(view.hole.shape), NEVER, cost))
    labels = np.zeros(view.hole.shape, np.int64)
    labels[here], cost_of_all = labelled(np.stack(data).astype(np.float32), np.stack(looks), region)
    return _continued(labels, view.hole), cost_of_all


def _continued(labels: Labels, hole: Flags) -> Labels:
    """Labels of the hole carried on to all pixels, each from the nearest one in it."""
    nearest = ndimage.distance_transform_edt(~hole, return_distances=False, return_indices=True)
    return np.asarray(labels[tuple(nearest)])


def _features(picture: RGB) -> Floats:
    """Colour and the steps in lightness, H x W x 5."""
    lab = to_lab(picture)
    steps = [cv2.Sobel(lab[..., 0], cv2.CV_32F, x, 1 - x, ksize=3) / 4 for x in (1, 0)]
    return np.asarray(np.dstack([lab, *(_EDGES * step for step in steps)]), np.float32)


class _Source:
    """The pixels that lie a shift away from those of a box."""

    def __init__(self, box: Box, shift: Shifts) -> None:
        self._columns = np.arange(box[0], box[2]) + round(float(shift[0]))
        self._rows = np.arange(box[1], box[3]) + round(float(shift[1]))

    def of(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """The values there; those beyond the border are repeated from it."""
        rows = np.clip(self._rows, 0, values.shape[0] - 1)
        columns = np.clip(self._columns, 0, values.shape[1] - 1)
        return np.asarray(values[rows[:, None], columns[None]])

    def outside(self, shape: tuple[int, ...]) -> Flags:
        """Which of them lie beyond the border."""
        rows = (self._rows < 0) | (self._rows >= shape[0])
        columns = (self._columns < 0) | (self._columns >= shape[1])
        return np.asarray(rows[:, None] | columns[None])


def _drawn(full: _View, shifts: Shifts, labels: Labels, scale: float) -> RGB:
    """The crop with its hole covered; light is corrected at that scale."""
    box = grow(bounds(full.hole), 2 * RIM, full.hole.shape)
    here = window(box)
    low = full.at(scale)
    step = _corrected(low, shifts * low.scale, _resized(labels, low.hole.shape))
    large = cv2.resize(step, full.hole.shape[::-1], interpolation=cv2.INTER_LINEAR)
    drawn = _parts(full.picture, box, shifts, labels) + large[here]
    result = full.picture.copy()
    result[here] = np.where(full.hole[here][..., None], np.rint(np.clip(drawn, 0, 255)), result[here])
    return result


def _parts(picture: RGB, box: Box, shifts: Shifts, labels: Labels) -> Floats:
    """Every pixel of the box from where its label says, over the width of a pixel of `labels` from both sides."""
    total = np.zeros((box[3] - box[1], box[2] - box[0], 3), np.float32)
    weights = np.zeros(total.shape[:2], np.float32)
    for label in np.unique(labels):
        chosen = cv2.resize((labels == label).astype(np.float32), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        weight = chosen[window(box)]
        if weight.any():
            total += weight[..., None] * _Source(box, shifts[label]).of(picture)
            weights += weight
    return np.asarray(total / np.maximum(weights, 1e-6)[..., None], np.float32)


def _corrected(low: _View, shifts: Shifts, labels: Labels) -> Floats:
    """What to add to every pixel of the crop, at this scale."""
    box = grow(bounds(low.hole), 2, low.hole.shape)
    here = window(box)
    parts = _parts(low.picture, box, shifts, labels)
    result = np.zeros(low.picture.shape, np.float32)
    photo = low.picture[here].astype(np.float32)
    result[here] = correction(photo, parts, labels[here], low.hole[here], low.known[here])
    return result


def _resized(labels: Labels, shape: tuple[int, ...]) -> Labels:
    return np.asarray(cv2.resize(labels.astype(np.int16), shape[::-1], interpolation=cv2.INTER_NEAREST), np.int64)
