"""Proposals: where the evidence of both images gathers into regions, with tight boxes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.boxes import area
from imgdiff.records import Box
from services.detection.evidence.pixel_difference import Content, PixelEvidence
from services.detection.proposals.grouping import Group
from services.imaging.arrays import Flags
from services.imaging.boxes import gap, grow, rescale, union

_MOST = 400  # proposals worth telling apart
_WHOLE = 0.3  # share of changed pixels above which the change is the whole image
_PIXELS_SAY = 0.98  # probability that a region of changed pixels in one capture is a change
_SPECKS = 20  # of those that are told with the reason why they were dropped
_FEW_SAY = 0.05  # the same of what is too small or too faint
_FEW = 14  # changed pixels below which they draw no border
_FILL = 0.05  # of a region's cells that changed pixels must fill to draw its border
_OUTER = 0.01  # share of changed pixels on each side that may lie outside the box
_ONE_PIXEL = 240.0  # grey levels
_PADDING = {Content.BINARY: 9, Content.GRAPHIC: 0, Content.PHOTO: 1}


@dataclass(frozen=True)
class Proposal:
    """A box of changed pixels; `mass` sums their excess in grey levels, `pixels` counts them.

    `confidence` is the probability that something changed there.
    """

    box: Box
    pixels: int
    mass: float
    confidence: float = _PIXELS_SAY

    def joined(self, other: "Proposal") -> "Proposal":
        """Both as one."""
        return Proposal(
            union(self.box, other.box),
            self.pixels + other.pixels,
            self.mass + other.mass,
            max(self.confidence, other.confidence),
        )


def from_pixels(evidence: PixelEvidence, content: Content) -> list[Proposal]:
    """Connected changed pixels, near ones joined; the loudest of those that are too few come along with their doubt."""
    changed = evidence.changed
    height, width = changed.shape
    if changed.mean() > _WHOLE:
        return [Proposal((0, 0, width, height), int(changed.sum()), float(evidence.excess[changed].sum()))]
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    labels, count = ndimage.label(closed, np.ones((3, 3)))
    measured = sorted(_measure(labels, count, evidence), key=lambda one: -one.mass)
    found = [one for one in measured if _speaks(one, content)][:_MOST]
    reach = 0.35 if content is Content.BINARY else 0.5
    nearest = 10.0 if content is Content.GRAPHIC else 4.0  # of a drawn thing that moved, only the borders differ
    least = 14 if content is not Content.GRAPHIC else 1
    merged = join_near(found, reach, max(height, width), nearest)
    kept = [one for one in merged if one.pixels >= least]
    few = [one for one in (*merged, *measured) if one.pixels < least or not _speaks(one, content)][:_SPECKS]
    margin = evidence.radius if content is not Content.PHOTO else 0  # the tolerance ate this much of every border
    pad = margin + _PADDING[content]
    return [
        *(replace(one, box=grow(one.box, pad, (height, width))) for one in kept),
        *(replace(one, confidence=_FEW_SAY) for one in few),
    ]


def from_map(groups: Sequence[tuple[Group, float]], grid: tuple[int, int], evidence: PixelEvidence) -> list[Proposal]:
    """Groups of cells of a rows x columns grid over the view, with their confidences, as boxes in its pixels.

    `pixels` and `mass` are of the changed pixels in the box.
    """
    height, width = evidence.excess.shape
    across, down = width / grid[1], height / grid[0]
    found = []
    for group, confidence in groups[:_MOST]:
        box = rescale(group.box, across, down, width, height)
        size = box[2] - box[0], box[3] - box[1]
        cells = cv2.resize(group.inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        excess = evidence.excess[box[1] : box[3], box[0] : box[2]]
        changed = (excess > evidence.threshold) & cells
        if changed.sum() >= max(_FEW, _FILL * cells.sum()):
            box = grow(_around(changed, box), 1, (height, width))
        found.append(Proposal(box, int(changed.sum()), float(excess[changed].sum()), confidence))
    return found


def _around(changed: Flags, box: Box) -> Box:
    """The box of nearly all changed pixels of a box: single ones far out are noise."""
    rows, columns = np.nonzero(changed)
    y1, y2 = np.quantile(rows, (_OUTER, 1 - _OUTER)).astype(int)
    x1, x2 = np.quantile(columns, (_OUTER, 1 - _OUTER)).astype(int)
    return box[0] + int(x1), box[1] + int(y1), box[0] + int(x2) + 1, box[1] + int(y2) + 1


def _measure(labels: NDArray[np.int32], count: int, evidence: PixelEvidence) -> list[Proposal]:
    """One proposal for every label that is present, in the labels' order."""
    changed = evidence.changed
    flat, on = labels.ravel(), changed.ravel()
    pixels = np.bincount(flat[on], minlength=count + 1)
    mass = np.bincount(flat[on], weights=evidence.excess.ravel()[on], minlength=count + 1)
    places = ndimage.find_objects(labels, count)
    return [
        Proposal((x.start, y.start, x.stop, y.stop), int(pixels[index]), float(mass[index]))
        for index, (y, x) in ((i, place) for i, place in enumerate(places, 1) if place is not None)
    ]


def _speaks(one: Proposal, content: Content) -> bool:
    """A few pixels count only on clean graphics, and there only if they weigh as one pixel from black to white."""
    if content is Content.GRAPHIC:
        return one.mass > _ONE_PIXEL
    return one.pixels >= (14 if content is Content.PHOTO else 4)


def join_near(found: list[Proposal], reach: float, side: int, nearest: float = 4.0) -> list[Proposal]:
    """Join proposals whose gap is small against their own size or `nearest` pixels; `side` bounds the first."""
    waiting, done = list(found), []
    while waiting:
        one = waiting.pop()
        near = next(
            (
                i
                for i, other in enumerate(waiting)
                if gap(one.box, other.box) <= _limit(one, other, reach, side, nearest)
            ),
            None,
        )
        if near is None:
            done.append(one)
        else:
            waiting[near] = waiting[near].joined(one)
            waiting.extend(done)  # a larger box may now reach what it did not reach before
            done = []
    return done


def _limit(one: Proposal, other: Proposal, reach: float, side: int, nearest: float) -> float:
    def longest(box: Box) -> int:
        return max(box[2] - box[0], box[3] - box[1])

    return max(nearest, min(reach * min(longest(one.box), longest(other.box)), 0.03 * side))


def mask_inside(changed: Flags, box: Box) -> Flags:
    """The changed pixels of one box, as a mask of the box."""
    inside = changed[box[1] : box[3], box[0] : box[2]]
    return inside if inside.any() or not area(box) else np.ones_like(inside)
