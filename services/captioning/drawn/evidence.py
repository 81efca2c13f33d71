"""Evidence at a drawn region: its changed pixels, the edges of both images there, and the ground around it."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags, Levels
from services.imaging.boxes import crop, grow

# Grey levels; chosen.
_EXACT, _LOSSY = 6, 24  # differences below which none counts, and above which each does
_EDGE = 16, 28  # least step between neighbours that is an edge, in lossless pairs and in others
_AROUND = 8  # pixels of surroundings that show the ground, and whether a pair is lossless; chosen
_ALONE = 0.99  # share of the pixels next to the box that are ground, where a thing touches no other; chosen
_LOUD = 12  # median of the differences around a change, above which they are changes themselves; chosen
_NOISE = 1.5  # of the 95th percentile of their differences: what compression explains; chosen
_GROUND = 0.6  # share of them that has one colour, from which that is the ground's; chosen
_BITS = 3  # of a channel; colours that differ less count as one ground; chosen
_MOST = 0.7  # share of the largest differences from which a pixel changed most; chosen
_SOLID = 0.3  # share of the changed pixels with changed neighbours only, from which a change is solid; chosen
_KERNEL = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class DrawnEvidence:
    """Both images at a box with its surroundings (RGB), and flags of that size: `inside` the box, `changed` pixels.

    `least` are the grey levels by which changed pixels differ.
    """

    wide1: RGB
    wide2: RGB
    inside: Flags
    changed: Flags
    least: float

    @property
    def lossy(self) -> bool:
        """Whether the images differ around the box, too, as compression makes them."""
        return self.least > _EXACT

    @cached_property
    def edges(self) -> tuple[Flags, Flags]:
        """The edges of both images at changed pixels and next to them."""
        zone = cv2.dilate(self.changed.astype(np.uint8), _KERNEL) > 0
        first, second = self.all_edges
        return first & zone, second & zone

    @cached_property
    def all_edges(self) -> tuple[Flags, Flags]:
        """The edges of both images in the box and around it."""
        first, second = (find_edges(wide, _EDGE[self.lossy]) for wide in (self.wide1, self.wide2))
        return first, second

    def share_kept(self, *, near: bool) -> tuple[float, float]:
        """Share of each image's edges that the other has too, within a pixel where it need only be `near`."""
        return _share(*self.edges, near), _share(*self.edges[::-1], near)

    @cached_property
    def grounds(self) -> tuple[RGB | None, RGB | None]:
        """The colour (3,) around the box in each image; null where no colour rules."""
        ring = ~self.inside
        return _ruling(self.wide1[ring]), _ruling(self.wide2[ring])

    @cached_property
    def bare(self) -> tuple[float, float] | None:
        """Share of the changed pixels that are ground in each image; null where the grounds differ or are unknown."""
        ground1, ground2 = self.grounds
        if ground1 is None or ground2 is None or np.abs(ground1.astype(int) - ground2).max() > self.least:
            return None
        both = zip((self.wide1, self.wide2), (ground1, ground2), strict=True)
        first, second = (float(self._is_ground(wide, ground)[self.changed].mean()) for wide, ground in both)
        return first, second

    @cached_property
    def alone(self) -> bool:
        """Whether nothing in either image touches the box but ground."""
        ground1, ground2 = self.grounds
        if ground1 is None or ground2 is None:
            return False
        both = (self._is_ground(self.wide1, ground1), self._is_ground(self.wide2, ground2))
        beside = (cv2.dilate(self.inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~self.inside
        return bool(beside.any()) and min(float(one[beside].mean()) for one in both) >= _ALONE

    @cached_property
    def fresh(self) -> tuple[float, float] | None:
        """Share of each image's ink in the box that changed; null where `bare` is."""
        ground1, ground2 = self.grounds
        if self.bare is None or ground1 is None or ground2 is None:
            return None
        inks = [
            ~self._is_ground(self.wide1, ground1) & self.inside,
            ~self._is_ground(self.wide2, ground2) & self.inside,
        ]
        first, second = (float((ink & self.changed).sum()) / max(1, int(ink.sum())) for ink in inks)
        return first, second

    def find_strongest(self) -> Flags:
        """The pixels of the box, flags of its size, that show its colours: off soft outlines, where it changed most."""
        changed = self.cut(self.changed)
        if not changed.any():
            return np.ones_like(changed)
        core = cv2.erode(changed.astype(np.uint8), _KERNEL, borderValue=1) > 0
        if core.sum() >= _SOLID * changed.sum():
            return np.asarray(core)
        distance = self.cut(cv2.absdiff(self.wide1, self.wide2).max(2))
        return np.asarray(changed & (distance >= _MOST * np.percentile(distance[changed], 95)))

    def cut(self, flags: Flags) -> Flags:
        """What of flags lies in the box."""
        rows, columns = np.flatnonzero(self.inside.any(axis=1)), np.flatnonzero(self.inside.any(axis=0))
        return flags[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    def _is_ground(self, wide: RGB, ground: RGB) -> Flags:
        return np.asarray(np.abs(wide.astype(np.int16) - ground).max(axis=2) <= self.least)


def measure(images: tuple[RGB, RGB], box: Box, given: Flags | None = None) -> DrawnEvidence:
    """The evidence at a box of two images in image1's frame.

    `given` are the changed pixels that detection found, flags of the box's size.
    """
    around = grow(box, _AROUND, images[0].shape)
    left, top = box[0] - around[0], box[1] - around[1]
    window = slice(top, top + box[3] - box[1]), slice(left, left + box[2] - box[0])
    wide1, wide2 = (np.ascontiguousarray(crop(image, around)) for image in images)
    difference = cv2.absdiff(wide1, wide2).max(2)
    inside = np.zeros(difference.shape, bool)
    inside[window] = True
    least = _measure_noise(difference[~inside])
    changed = (difference > least) & inside
    if given is not None and given.any():
        least = least if changed.any() else _EXACT
        changed = (difference > least) & inside
        changed[window] &= cv2.dilate(given.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return DrawnEvidence(wide1, wide2, inside, changed, least)


def _measure_noise(around: Levels) -> float:
    """Grey levels that compression adds, from the differences (N,) around a change; a neighbour's change adds none."""
    unequal = around[around > 0]
    if len(unequal) == 0 or np.median(unequal) > _LOUD:
        return _EXACT
    return float(np.clip(_NOISE * np.percentile(around, 95), _EXACT, _LOSSY))


def find_edges(image: RGB, step: int) -> Flags:
    """Pixels that differ from the one to their right or below."""
    edges, levels = np.zeros(image.shape[:2], bool), image.astype(np.int16)
    edges[:, :-1] = np.abs(np.diff(levels, axis=1)).max(2) > step
    edges[:-1] |= np.abs(np.diff(levels, axis=0)).max(2) > step
    return edges


def _share(edges: Flags, others: Flags, near: bool) -> float:
    found = cv2.dilate(others.astype(np.uint8), _KERNEL) > 0 if near else others
    return float((edges & found).sum()) / max(1, int(edges.sum()))


def _ruling(pixels: RGB) -> RGB | None:
    """The colour (3,) that most of the pixels (N, 3) have; null where none rules."""
    if len(pixels) == 0:
        return None
    levels = (pixels >> _BITS).astype(np.int64) @ np.array([1, 256, 65536])
    names, group, count = np.unique(levels, return_inverse=True, return_counts=True)
    best = int(count.argmax())
    if count[best] < _GROUND * len(pixels) or not len(names):
        return None
    return np.asarray(np.median(pixels[group == best], axis=0), np.uint8)
