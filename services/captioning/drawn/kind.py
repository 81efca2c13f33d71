"""Kind of change of a drawn region, from the edges that both images, one of them or neither has there.

What came, came onto empty ground; what went, left it. Equal edges in other colours are recoloured, equal pixels at an
offset have moved, and everything else has changed.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.limits import (
    COLOUR_SCATTER,
    FURTHEST_MOVE,
    KEPT_EDGES,
    LEAST_EDGES,
    MOVED_PIXELS,
    NO_EDGES,
    RECOLOURED_EDGES,
)
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop, grow

# Grey levels; chosen.
_EXACT, _LOSSY = 6, 24  # least difference of two pixels, in lossless pairs and in others
_EDGE = 16, 28  # least step between neighbours that is an edge, for the same
_MOST = 0.7  # share of the largest differences from which a pixel changed most; chosen
_SAME_PIXEL = 40  # between two pixels of one thing that moved, for antialiasing
_AROUND = 8  # pixels of surroundings that show whether a pair is lossless; chosen
_UNEQUAL = 0.05  # share of them that differ, from which it is not; chosen
_BITS = 4  # of a channel; colours that differ less count as one; chosen


@dataclass(frozen=True)
class _Evidence:
    """Changed pixels of the box, and the edges of both images near them."""

    changed: Flags
    edges1: Flags
    edges2: Flags
    lossy: bool

    @property
    def kept(self) -> tuple[float, float]:
        """Share of each image's edges that the other has too; within a pixel where the pair is lossy."""
        return _share(self.edges1, self.edges2, self.lossy), _share(self.edges2, self.edges1, self.lossy)


def judge_change(images: tuple[RGB, RGB], box: Box, given: Flags | None = None) -> Change:
    """The kind of change at a box of two drawn images (RGB in image1's frame).

    `given` are the changed pixels that detection found, flags of the box's size.
    """
    crops = crop(images[0], box), crop(images[1], box)
    evidence = _measure(images, box, given)
    if not evidence.changed.any():
        return Change.CHANGED
    one_sided = _judge_empty(evidence)
    if one_sided is not None:
        return one_sided
    kept1, kept2 = evidence.kept
    if min(kept1, kept2) >= RECOLOURED_EDGES:
        return Change.RECOLOURED if _maps_colours(*crops, evidence) else Change.CHANGED
    if _has_moved(*crops, evidence):
        return Change.MOVED
    if kept1 >= KEPT_EDGES and kept2 < KEPT_EDGES / 2:
        return Change.ADDED
    return Change.REMOVED if kept2 >= KEPT_EDGES and kept1 < KEPT_EDGES / 2 else Change.CHANGED


def _judge_empty(evidence: _Evidence) -> Change | None:
    """The kind where one of the images, or neither, has edges; null where both have."""
    count1, count2 = int(evidence.edges1.sum()), int(evidence.edges2.sum())
    if max(count1, count2) < LEAST_EDGES:
        return Change.RECOLOURED
    if count1 <= NO_EDGES * count2:
        return Change.ADDED
    return Change.REMOVED if count2 <= NO_EDGES * count1 else None


def find_changed(images: tuple[RGB, RGB], box: Box, given: Flags | None = None) -> Flags:
    """The pixels of the box, flags of its size, that changed most; those on soft outlines changed less."""
    changed = _measure(images, box, given).changed
    distance = cv2.absdiff(*(np.ascontiguousarray(crop(image, box)) for image in images)).max(2)
    if not changed.any():
        return np.ones_like(changed)
    return np.asarray(changed & (distance >= _MOST * np.percentile(distance[changed], 95)))


def _measure(images: tuple[RGB, RGB], box: Box, given: Flags | None) -> _Evidence:
    around = grow(box, _AROUND, images[0].shape)
    left, top = box[0] - around[0], box[1] - around[1]
    inside = (slice(top, top + box[3] - box[1]), slice(left, left + box[2] - box[0]))
    wide1, wide2 = (np.ascontiguousarray(crop(image, around)) for image in images)
    difference = cv2.absdiff(wide1, wide2).max(2)
    ring = np.ones(difference.shape, bool)
    ring[inside] = False
    noise = (difference > 0) & (difference <= _LOSSY) & ring
    lossy = bool(noise.sum() > _UNEQUAL * ring.sum())
    changed = difference > (_LOSSY if lossy else _EXACT)
    changed &= ~ring
    if given is not None and given.any():
        near = cv2.dilate(given.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        changed[inside] &= near
    zone = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    edges = [(_find_edges(wide, _EDGE[lossy]) & zone) for wide in (wide1, wide2)]
    return _Evidence(changed[inside], edges[0][inside], edges[1][inside], lossy)


def _find_edges(image: RGB, step: int) -> Flags:
    """Pixels that differ from the one to their right or below."""
    edges = np.zeros(image.shape[:2], bool)
    edges[:, :-1] = cv2.absdiff(image[:, :-1], image[:, 1:]).max(2) > step
    edges[:-1] |= cv2.absdiff(image[:-1], image[1:]).max(2) > step
    return edges


def _share(edges: Flags, others: Flags, near: bool) -> float:
    """Share of the edges that the others have too, exactly or within a pixel."""
    if near:
        others = cv2.dilate(others.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float((edges & others).sum()) / max(1, int(edges.sum()))


def _maps_colours(crop1: RGB, crop2: RGB, evidence: _Evidence) -> bool:
    """Whether every colour became one other, rather than outlines that are smoother, bolder or a little elsewhere."""
    one, two = (image[evidence.changed].astype(np.float32) for image in (crop1, crop2))
    change = float(np.abs(one - two).mean())
    return bool(max(_scatter(one, two), _scatter(two, one)) <= COLOUR_SCATTER * change)


def _scatter(given: Floats, other: Floats) -> float:
    """Mean distance of the other colours from their mean, for pixels of one given colour; both (N, 3)."""
    levels = (given.astype(np.int64) >> _BITS) @ np.array([1, 256, 65536])
    _, group = np.unique(levels, return_inverse=True)
    count = np.bincount(group)
    means = np.stack([np.bincount(group, other[:, channel]) / count for channel in range(3)], axis=1)
    return float(np.abs(other - means[group]).mean())


def _has_moved(crop1: RGB, crop2: RGB, evidence: _Evidence) -> bool:
    """Whether the edges of image1, and their pixels, are in image2 at another place of the box."""
    edges1, edges2 = evidence.edges1, evidence.edges2
    if min(edges1.sum(), edges2.sum()) < LEAST_EDGES:
        return False
    across, down = _best_shift(edges1.astype(np.float32), edges2.astype(np.float32))
    if max(abs(across), abs(down)) > FURTHEST_MOVE or (across, down) == (0, 0):
        return False
    forth = _equal_share(crop1, crop2, edges1, across, down)
    return min(forth, _equal_share(crop2, crop1, edges2, -across, -down)) >= MOVED_PIXELS


def _best_shift(one: Floats, two: Floats) -> tuple[int, int]:
    """Columns and rows by which the second lies behind the first where they agree most, by phase of their spectra."""
    shape = [cv2.getOptimalDFTSize(2 * side) for side in one.shape]
    product = np.conj(np.fft.rfft2(one, shape)) * np.fft.rfft2(two, shape)
    agreement = np.fft.irfft2(product, shape)
    row, column = np.unravel_index(int(agreement.argmax()), agreement.shape)
    down = int(row) if row < one.shape[0] else int(row) - shape[0]
    across = int(column) if column < one.shape[1] else int(column) - shape[1]
    return across, down


def _equal_share(crop1: RGB, crop2: RGB, edges: Flags, across: int, down: int) -> float:
    """Share of the edges' pixels whose colour the other crop has at that offset."""
    rows, columns = np.nonzero(edges)
    to_rows, to_columns = rows + down, columns + across
    inside = (to_rows >= 0) & (to_columns >= 0) & (to_rows < edges.shape[0]) & (to_columns < edges.shape[1])
    here, there = crop1[rows[inside], columns[inside]], crop2[to_rows[inside], to_columns[inside]]
    equal = np.abs(here.astype(np.int16) - there).max(axis=1) <= _SAME_PIXEL if inside.any() else np.zeros(0, bool)
    return float(equal.sum()) / max(1, len(rows))
