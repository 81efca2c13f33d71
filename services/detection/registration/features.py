"""Transforms between two images in any position, from SIFT matches."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.detection.limits import FEATURES
from services.imaging.warp import Matrix

_MATCHES = 12  # that support a transform at least; chosen, not measured
_RATIO = 0.8  # of the nearest to the second nearest descriptor (Lowe, IJCV 60(2), 2004)
_REACH = 2.0  # pixels within which RANSAC counts a match; chosen, not measured
_ITERATIONS = 2000  # of RANSAC, at most; chosen, not measured
_AREA = 0.04, 25  # smallest and largest change of area: zoom by five


class Features(NamedTuple):
    """N x 2 points in pixels and N x 128 descriptors."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.float32]


def detect_features(levels: NDArray[np.uint8]) -> Features:
    """SIFT; a flat image has no point."""
    points, descriptors = cv2.SIFT.create(FEATURES).detectAndCompute(levels, None)
    if not points:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    return Features(np.array([point.pt for point in points], np.float32), np.asarray(descriptors, dtype=np.float32))


def propose_transforms(features1: Features, features2: Features) -> Iterator[Matrix]:
    """Similarity and homography from image1 to image2 that enough matches support."""
    if min(len(features1.points), len(features2.points)) < _MATCHES:
        return
    matches = _match(features1.descriptors, features2.descriptors)
    if len(matches) < _MATCHES:
        return
    source, target = features1.points[matches[:, 0]], features2.points[matches[:, 1]]
    affine, kept = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_REACH, maxIters=_ITERATIONS)
    if affine is not None:
        similarity = np.vstack([np.asarray(affine, dtype=np.float64), [0, 0, 1]])
        if _is_plausible(similarity, kept):
            yield similarity
    matrix, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _REACH, maxIters=_ITERATIONS)
    if matrix is not None and _is_plausible(homography := np.asarray(matrix, dtype=np.float64), kept):
        yield homography


def _match(descriptors1: NDArray[np.float32], descriptors2: NDArray[np.float32]) -> NDArray[np.intp]:
    """M x 2 indices of pairs whose nearest neighbour is clearly nearer than the second; one matrix product."""
    squares = (descriptors1**2).sum(1)[:, None] + (descriptors2**2).sum(1) - 2 * descriptors1 @ descriptors2.T
    rows = np.arange(len(descriptors1))
    best = squares.argmin(axis=1)
    nearest = squares[rows, best].copy()
    squares[rows, best] = np.inf
    second = squares.min(axis=1)
    good = np.maximum(nearest, 0) < _RATIO**2 * second
    return np.stack([rows[good], best[good]], axis=1)


def _is_plausible(matrix: Matrix, kept: object) -> bool:
    return int(np.count_nonzero(np.asarray(kept))) >= _MATCHES and (
        _AREA[0] < abs(float(np.linalg.det(matrix[:2, :2]))) < _AREA[1]
    )
