"""A matrix from matched points: the simplest model that explains them, robust against what moved."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from services.imaging.arrays import Flags
from services.imaging.lens import Points
from services.imaging.warp import Matrix, transform_points

# Chosen on known warps of photos (tests/services/detection/registration/test_alignment.py), none measured apart.
_REACH = 1.5  # pixels within which RANSAC counts a point; tracked points are good to 0.1-0.3
_ITERATIONS = 1000  # of RANSAC, at most
_FINEST = 0.03  # pixels of scatter: no tracked point is surer than that
_COARSEST = 0.7  # pixels of scatter: parallax and lens distortion; more means a wrong model
_RAYLEIGH = 0.8  # sigmas to a median miss: 1.18 for a normal in two dimensions, less here for longer tails
_TRIM = 3.0  # sigmas beyond which a point has no vote
_LEAST_SIGMA = 0.1  # pixels, for the trimming alone
_PENALTY = 2.0  # times the BIC penalty that a parameter must earn, since neighbouring points err alike
_LEAST_POINTS = 12  # agreeing points; eight parameters always fit a handful
_LEAST_SHARE = 0.1  # of all points that must agree
_REFITS = 3  # chosen, not measured


@dataclass(frozen=True)
class Fit:
    """A matrix from source to target points and which points agree with it."""

    matrix: Matrix
    agreeing: Flags


def fit_matrix(source: Points, target: Points, start: Matrix) -> Fit | None:
    """Fit the simplest model after `start`: none, shift, rigid, similarity, affine, homography; null if none agrees.

    The model with the least squared miss plus a penalty for its parameters (BIC) wins.
    """
    if len(source) < _LEAST_POINTS:
        return None
    placed = transform_points(np.asarray(np.linalg.inv(start), dtype=np.float64), target)
    richest, agreeing = _find_consensus(source, placed)
    if richest is None or agreeing.sum() < max(_LEAST_POINTS, _LEAST_SHARE * len(source)):
        return None
    median = np.median(_misses(richest, source, placed)[agreeing])
    sigma = float(np.clip(median / _RAYLEIGH, _FINEST, _COARSEST))
    best, least = richest, np.inf
    for parameters, solve in _MODELS:
        model = _solve_trimmed(solve, source, placed, agreeing, sigma)
        if model is None:
            continue
        misses = np.minimum(_misses(model, source, placed) / sigma, _TRIM)
        cost = float((misses**2).sum() + _PENALTY * parameters * np.log(len(source)))
        if cost < least:
            best, least = model, cost
    return Fit(start @ best, _misses(best, source, placed) < _TRIM * max(sigma, _LEAST_SIGMA))


def _misses(model: Matrix, source: Points, target: Points) -> Points:
    """Distances in pixels, one a point."""
    return np.asarray(np.hypot(*(transform_points(model, source) - target).T))


def _find_consensus(source: Points, target: Points) -> tuple[Matrix | None, Flags]:
    matrix, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _REACH, maxIters=_ITERATIONS)
    votes = np.zeros(len(source), bool) if matrix is None else np.asarray(kept).ravel() > 0
    return None if matrix is None else np.asarray(matrix, dtype=np.float64), votes


Solve = Callable[[Points, Points], Matrix | None]


def _solve_trimmed(solve: Solve, source: Points, target: Points, votes: Flags, sigma: float) -> Matrix | None:
    """Least squares over the points that agree, refitted as these change."""
    model = None
    for _ in range(_REFITS):
        if votes.sum() < _LEAST_POINTS or (model := solve(source[votes], target[votes])) is None:
            return model
        votes = _misses(model, source, target) < _TRIM * max(sigma, _LEAST_SIGMA)
    return model


def _solve_identity(source: Points, target: Points) -> Matrix:  # noqa: ARG001
    return np.eye(3)


def _solve_shift(source: Points, target: Points) -> Matrix:
    matrix = np.eye(3)
    matrix[:2, 2] = (target - source).mean(axis=0)
    return matrix


def _solve_rigid(source: Points, target: Points) -> Matrix:
    return _solve_similarity(source, target, rigid=True)


def _solve_similarity(source: Points, target: Points, *, rigid: bool = False) -> Matrix:
    """Umeyama's least squares, IEEE TPAMI 13(4), 1991."""
    mean1, mean2 = source.mean(axis=0), target.mean(axis=0)
    centred1, centred2 = source - mean1, target - mean2
    left, spread, right = np.linalg.svd(centred2.T @ centred1)
    sign = np.array([1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    scale = 1.0 if rigid else float((spread * sign).sum() / max(1e-9, (centred1 * centred1).sum()))
    matrix = np.eye(3)
    matrix[:2, :2] = scale * (left * sign) @ right
    matrix[:2, 2] = mean2 - matrix[:2, :2] @ mean1
    return matrix


def _solve_affine(source: Points, target: Points) -> Matrix:
    matrix = np.eye(3)
    matrix[:2] = np.linalg.lstsq(np.column_stack([source, np.ones(len(source))]), target, rcond=None)[0].T
    return matrix


def _solve_homography(source: Points, target: Points) -> Matrix | None:
    matrix, _ = cv2.findHomography(source, target, 0)
    return None if matrix is None else np.asarray(matrix, dtype=np.float64)


_MODELS: tuple[tuple[int, Solve], ...] = (
    (0, _solve_identity),
    (2, _solve_shift),
    (3, _solve_rigid),
    (4, _solve_similarity),
    (6, _solve_affine),
    (8, _solve_homography),
)
"""Number of parameters and solver, simplest first."""
