"""Features: transforms between two pictures that lie anyhow, from SIFT matches."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.imaging.warp import Matrix

_POINTS = 1000
_MATCHES = 12
_RATIO = 0.8  # Lowe, IJCV 60(2), 2004
_REACH = 2.0


class Described(NamedTuple):
    """N x 2 places in pixels and N x 128 descriptors."""

    places: NDArray[np.float32]
    words: NDArray[np.float32]


def describe(levels: NDArray[np.uint8]) -> Described:
    """SIFT; flat pictures give no point."""
    points, found = cv2.SIFT.create(_POINTS).detectAndCompute(levels, None)
    if not points:
        return Described(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    return Described(np.array([point.pt for point in points], np.float32), np.asarray(found, dtype=np.float32))


def candidates(one: Described, two: Described) -> Iterator[Matrix]:
    """Similarity and homography supported by matched features, from `one` to `two`."""
    if min(len(one.places), len(two.places)) < _MATCHES:
        return
    near = _nearest(one.words, two.words)
    if len(near) < _MATCHES:
        return
    source, target = one.places[near[:, 0]], two.places[near[:, 1]]
    rigid, kept = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_REACH, maxIters=2000)
    if rigid is not None and _sane(turned := _square(rigid), int(np.count_nonzero(kept))):
        yield turned
    bent, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _REACH, maxIters=2000)
    if bent is not None and _sane(tilted := np.asarray(bent, dtype=np.float64), int(np.count_nonzero(kept))):
        yield tilted


def _nearest(words1: NDArray[np.float32], words2: NDArray[np.float32]) -> NDArray[np.intp]:
    """M x 2 indices of pairs whose nearest neighbour is clearly nearer than the second; one matrix product."""
    squares = (words1**2).sum(1)[:, None] + (words2**2).sum(1) - 2 * words1 @ words2.T
    rows = np.arange(len(words1))
    best = squares.argmin(axis=1)
    nearest = squares[rows, best].copy()
    squares[rows, best] = np.inf
    second = squares.min(axis=1)
    good = np.maximum(nearest, 0) < _RATIO**2 * second
    return np.stack([rows[good], best[good]], axis=1)


def _square(affine: object) -> Matrix:
    return np.vstack([np.asarray(affine, dtype=np.float64), [0, 0, 1]])


def _sane(matrix: Matrix, kept: int) -> bool:
    return kept >= _MATCHES and 0.04 < abs(float(np.linalg.det(matrix[:2, :2]))) < 25
