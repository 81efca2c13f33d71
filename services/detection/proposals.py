"""Proposals: where the evidence of both images gathers into regions, with tight boxes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

from imgdiff.boxes import area
from imgdiff.records import Box
from services.detection.evidence import Content, PixelEvidence
from services.detection.geometry import gap, padded, union
from services.detection.perception import Flags, FloatMap

_MOST = 400  # proposals worth telling apart
_WHOLE = 0.3  # share of changed pixels above which the change is the whole image
_SUPPORT = 0.5  # of the threshold: how far a region reaches down from its peak
_PEAK = 0.4  # of the peak: what belongs to a region
_DIP = 0.85  # a valley shallower than this share of the peak does not part two regions
_FILL = 0.2  # share of a region's feature support that its pixels must confirm
_GRID = 480  # side of the grid on which smooth maps are split
_PADDING = {Content.BINARY: 9, Content.GRAPHIC: 0, Content.PHOTO: 1}


@dataclass(frozen=True)
class Proposal:
    """A box of changed pixels; `mass` sums their excess in grey levels, `pixels` counts them."""

    box: Box
    pixels: int
    mass: float

    def joined(self, other: "Proposal") -> "Proposal":
        """Both as one."""
        return Proposal(union(self.box, other.box), self.pixels + other.pixels, self.mass + other.mass)


def from_pixels(evidence: PixelEvidence, content: Content) -> list[Proposal]:
    """Connected changed pixels, near ones joined."""
    changed = evidence.changed
    height, width = changed.shape
    if changed.mean() > _WHOLE:
        return [Proposal((0, 0, width, height), int(changed.sum()), float(evidence.excess[changed].sum()))]
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    labels, count = ndimage.label(closed, np.ones((3, 3)))
    found = [one for one in _measure(labels, count, evidence) if _speaks(one, content)]
    found = sorted(found, key=lambda one: -one.mass)[:_MOST]
    reach = 0.5 if content is Content.PHOTO else 0.35
    least = 14 if content is not Content.GRAPHIC else 1
    merged = [one for one in join_near(found, reach, max(height, width)) if one.pixels >= least]
    grow = evidence.radius if content is not Content.PHOTO else 0  # the tolerance ate this much of every border
    pad = grow + _PADDING[content]
    return [Proposal(padded(one.box, pad, width, height), one.pixels, one.mass) for one in merged]


def from_features(change: FloatMap, floor: float, evidence: PixelEvidence) -> list[Proposal]:
    """A watershed of a smooth change map; the boxes are tightened to the changed pixels in every basin."""
    labels, count, threshold = _basins(change, floor)
    height, width = change.shape
    changed = evidence.changed & (change > _SUPPORT * threshold)
    peaks = ndimage.maximum(change, labels, range(count + 1)) if count else np.zeros(1)
    labels[change < _PEAK * np.asarray(peaks)[labels]] = 0
    support = np.bincount(labels.ravel(), minlength=count + 1)
    pixels = np.where(changed, labels, 0)
    found = _measure(pixels, count, evidence)
    filled = np.bincount(pixels.ravel(), minlength=count + 1)
    kept = [one for one, index in zip(found, _present(pixels, count), strict=True)
            if filled[index] >= max(14, _FILL * support[index])]  # fmt: skip
    return [Proposal(padded(one.box, 1, width, height), one.pixels, one.mass) for one in kept[:_MOST]]


def _basins(change: FloatMap, floor: float) -> tuple[NDArray[np.int32], int, float]:
    height, width = change.shape
    shrink = min(1.0, _GRID / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.GaussianBlur(cv2.resize(change, size, interpolation=cv2.INTER_AREA), (0, 0), 1.0)
    middle = float(np.median(small))
    spread = 1.4826 * float(np.median(np.abs(small - middle)))
    threshold = max(floor, min(middle + 6 * spread, 3 * floor))  # capped: a change of light must not hide objects
    depth = np.log(np.maximum(small, 1e-4))
    tops = np.asarray(h_maxima(depth, -np.log(_DIP))) * (small > threshold)  # type: ignore[no-untyped-call]
    seeds, count = ndimage.label(tops, np.ones((3, 3)))
    if count == 0:
        return np.zeros((height, width), np.int32), 0, threshold
    mask = small > _SUPPORT * threshold
    split = np.asarray(watershed(-small, seeds, mask=mask), np.int32)  # type: ignore[no-untyped-call]
    return np.asarray(cv2.resize(split, (width, height), interpolation=cv2.INTER_NEAREST)), int(count), threshold


def _present(labels: NDArray[np.int32], count: int) -> list[int]:
    return [index for index, place in enumerate(ndimage.find_objects(labels, count), 1) if place is not None]


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
    """A few pixels count only on clean graphics, and there only if they are loud: the rest is anti-aliasing."""
    if content is Content.GRAPHIC:
        return one.mass > 150 or (one.pixels >= 4 and one.mass > 96)
    return one.pixels >= (14 if content is Content.PHOTO else 4)


def join_near(found: list[Proposal], reach: float, side: int) -> list[Proposal]:
    """Join proposals whose gap is small against their own size; `side` bounds the gap."""
    waiting, done = list(found), []
    while waiting:
        one = waiting.pop()
        near = next(
            (i for i, other in enumerate(waiting) if gap(one.box, other.box) <= _limit(one, other, reach, side)), None
        )
        if near is None:
            done.append(one)
        else:
            waiting[near] = waiting[near].joined(one)
            waiting.extend(done)  # a larger box may now reach what it did not reach before
            done = []
    return done


def _limit(one: Proposal, other: Proposal, reach: float, side: int) -> float:
    def longest(box: Box) -> int:
        return max(box[2] - box[0], box[3] - box[1])

    return max(4.0, min(reach * min(longest(one.box), longest(other.box)), 0.03 * side))


def mask_inside(changed: Flags, box: Box) -> Flags:
    """The changed pixels of one box, as a mask of the box."""
    inside = changed[box[1] : box[3], box[0] : box[2]]
    return inside if inside.any() or not area(box) else np.ones_like(inside)
