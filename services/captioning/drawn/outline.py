"""The outline of a drawn change: in which image a border runs along it, and whether a thing there only grew."""

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import cv2
import numpy as np
from scipy import ndimage

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats
from services.imaging.channels import take_worst
from services.imaging.colours import count_colours

_KERNEL = np.ones((3, 3), np.uint8)
_NEAR = np.ones((5, 5), np.uint8)  # pixels across which parts of one outline join; chosen
_FAINTEST = 16.0  # grey levels of a border; chosen
_DEEP = 4  # pixels from the outline to what lies inside it; chosen
_LEAST_EDGES = 4  # pixels below which an image has none; chosen
_LEAST_INSIDE = 0.3  # share of all edges in the box that must lie inside the change, to be kept there; chosen
_LEAST_BORDER = 0.4  # share of the outline along which either image has a border; chosen
_CLOSED, _OPEN = 0.9, 0.75  # shares of the outline with a border, of a panel and at most of the page below; chosen
_LEAST_PANEL, _FILLED_PANEL = 24, 0.75  # pixels of a panel's shorter side, share of its box that it fills; chosen
_MOST_SHADOW, _SHADOW_STEP = 16, 3  # pixels inside the outline up to which a panel's border is looked for; chosen
_CONTINUED = 0.6  # share of one side of the box along which a bar goes on; chosen
_BEYOND = 3  # pixels past both ends of a side, where a thing that only grew has its border; chosen


class DrawnPlace(Protocol):
    """The part of `DrawnEvidence` from which outlines are read."""

    @property
    def wide1(self) -> RGB: ...

    @property
    def wide2(self) -> RGB: ...

    @property
    def inside(self) -> Flags: ...

    @property
    def changed(self) -> Flags: ...

    @property
    def least(self) -> float: ...

    @property
    def lossy(self) -> bool: ...

    @property
    def all_edges(self) -> tuple[Flags, Flags]: ...

    def cut(self, flags: Flags) -> Flags: ...


def weigh_borders(evidence: DrawnPlace) -> float:
    """By how much the border around the change is stronger in image2, -1..1, as a share of the stronger one.

    That is the outermost closed line along which either image has a border.
    """
    for first, second in _follow_outlines(evidence, fill(evidence.changed)):
        strongest = np.maximum(first, second)
        clear = strongest > _FAINTEST
        if clear.sum() >= max(_LEAST_EDGES, _LEAST_BORDER * len(first)):
            return float(((second - first) / np.maximum(strongest, 1))[clear].mean())
    return 0.0


def find_panel(evidence: DrawnPlace) -> int:
    """Which image alone shows a panel over what the other shows: 1 or 2; 0 where none does.

    Its border is that of the box, as over a dimmed page, or runs around the change, which fills most of the box.
    """
    if min(evidence.cut(evidence.inside).shape) < _LEAST_PANEL:
        return 0
    area = fill(evidence.changed)
    outlines = [*islice(_follow_outlines(evidence, evidence.inside), 1)]  # none where the box is the whole image
    if evidence.cut(area).mean() >= _FILLED_PANEL:
        outlines += _follow_outlines(evidence, area)
    for both in outlines:
        bordered = [float((steps > _FAINTEST).mean()) for steps in both]
        if max(bordered) >= _CLOSED:
            return int(np.argmax(bordered)) + 1 if min(bordered) <= _OPEN else 0
    return 0


def _follow_outlines(evidence: DrawnPlace, area: Flags) -> Iterator[tuple[Floats, Floats]]:
    """The steps (N,) of both images along the outline of an area and along lines inside: a panel may have a shadow."""
    steps = [_measure_steps(wide) for wide in (evidence.wide1, evidence.wide2)]
    for _ in range(0, _MOST_SHADOW, _SHADOW_STEP):
        contour = area & ~_erode(area, 1)
        if not contour.any():
            return
        yield steps[0][contour], steps[1][contour]
        area = _erode(area, _SHADOW_STEP)


def keeps_inside(evidence: DrawnPlace) -> float:
    """Share of the edges inside the change that both images have; zero where most edges are along its outline."""
    zone = _erode(fill(evidence.changed), _DEEP) & (cv2.dilate(evidence.changed.astype(np.uint8), _KERNEL) > 0)
    edges = evidence.all_edges
    inside = [one & zone for one in edges]
    least = _LEAST_INSIDE * min(int((one & evidence.inside).sum()) for one in edges)
    if min(int(one.sum()) for one in inside) < max(_LEAST_EDGES, least):
        return 0.0
    near = [cv2.dilate(one.astype(np.uint8), _KERNEL) > 0 for one in edges] if evidence.lossy else edges
    return float(min((inside[0] & near[1]).sum() / inside[0].sum(), (inside[1] & near[0]).sum() / inside[1].sum()))


def continues(wide: RGB, evidence: DrawnPlace) -> bool:
    """Whether the change is, in this one of its images, the end of a bar that goes on beyond it, as wide as there."""
    colour = _find_colour(wide[evidence.changed])
    if colour is None:
        return False
    like = np.abs(wide.astype(np.int16) - colour).max(axis=2) <= evidence.least
    rows, columns = np.flatnonzero(evidence.inside.any(axis=1)), np.flatnonzero(evidence.inside.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    sides = [(like[:, left - 1], top, bottom)] if left > 0 else []
    sides += [(like[:, right], top, bottom)] if right < like.shape[1] else []
    sides += [(like[top - 1], left, right)] if top > 0 else []
    sides += [(like[bottom], left, right)] if bottom < like.shape[0] else []
    return sum(_goes_on(line, start, end) for line, start, end in sides) == 1


def fill(changed: Flags) -> Flags:
    """The changed pixels with what they enclose."""
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, _NEAR)
    return np.asarray(ndimage.binary_fill_holes(closed > 0), bool)


def _goes_on(line: Flags, start: int, end: int) -> bool:
    if start < _BEYOND or end + _BEYOND > len(line):
        return False
    return bool(line[start:end].mean() >= _CONTINUED and not line[start - _BEYOND] and not line[end + _BEYOND - 1])


def _find_colour(pixels: RGB) -> RGB | None:
    """The exact colour (3,) of most pixels (N, 3); null where none rules."""
    colours, count = count_colours(pixels)
    best = int(count.argmax())
    return np.asarray(colours[best]) if count[best] >= _CONTINUED * len(pixels) else None


def _measure_steps(image: RGB) -> Floats:
    """Grey levels within two pixels of each, the worst channel."""
    return np.asarray(take_worst(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, _NEAR)), np.float32)


def _erode(area: Flags, by: int) -> Flags:
    return np.asarray(cv2.erode(area.astype(np.uint8), _KERNEL, iterations=by) > 0)
