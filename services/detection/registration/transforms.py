"""Transforms from matched points: the simplest model that explains them, by evidence, robust against what moved."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.imaging.warp import Matrix

Points = NDArray[np.float64]  # N x 2, x and y of pixel centres
_REACH = 1.5  # pixels from the model within which RANSAC counts a point; tracked points are good to 0.1-0.3
_FINEST = 0.03  # pixels: no tracked point is surer than that
_COARSEST = 0.7  # pixels: parallax and lens distortion; more is no scatter but a wrong model
_RAYLEIGH = 0.8  # sigmas to a median miss: 1.18 for a normal in two dimensions, less here for longer tails
_TRIM = 3.0  # sigmas beyond which a point has no vote
_DOUBT = 2.0  # neighbouring points err alike, so each parameter must earn this many times its BIC penalty
_FEWEST = 12  # agreeing points; eight parameters always fit a handful
_SHARE = 0.1  # of all points


@dataclass(frozen=True)
class Fit:
    """A 3x3 matrix from source to target points and which points agree with it."""

    matrix: Matrix
    agreeing: NDArray[np.bool_]


def fit(source: Points, target: Points, start: Matrix) -> Fit | None:
    """The simplest of start, shift, turn, similarity, affine and homography after `start`; None without consensus."""
    if len(source) < _FEWEST:
        return None
    placed = apply(np.asarray(np.linalg.inv(start), dtype=np.float64), target)
    rich, agreeing = _consensus(source, placed)
    if rich is None or agreeing.sum() < max(_FEWEST, _SHARE * len(source)):
        return None
    miss = _misses(rich, source, placed)
    sigma = float(np.clip(np.median(miss[agreeing]) / _RAYLEIGH, _FINEST, _COARSEST))
    best, least = rich, np.inf
    for parameters, solve in _MODELS:
        model = _trimmed(solve, source, placed, agreeing, sigma)
        if model is None:
            continue
        misses = np.minimum(_misses(model, source, placed) / sigma, _TRIM)
        cost = float((misses**2).sum() + _DOUBT * parameters * np.log(len(source)))
        if cost < least:
            best, least = model, cost
    return Fit(start @ best, _misses(best, source, placed) < _TRIM * max(sigma, 0.1))


def apply(matrix: Matrix, points: Points) -> Points:
    """N x 2 points through a 3x3 matrix."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:], dtype=np.float64)


def _misses(model: Matrix, source: Points, target: Points) -> Points:
    return np.asarray(np.hypot(*(apply(model, source) - target).T))


def _consensus(source: Points, target: Points) -> tuple[Matrix | None, NDArray[np.bool_]]:
    matrix, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _REACH, maxIters=1000)
    votes = np.zeros(len(source), bool) if matrix is None else np.asarray(kept).ravel() > 0
    return None if matrix is None else np.asarray(matrix, dtype=np.float64), votes


Solve = Callable[[Points, Points], Matrix | None]


def _trimmed(solve: Solve, source: Points, target: Points, votes: NDArray[np.bool_], sigma: float) -> Matrix | None:
    """Least squares over the points that agree, three times."""
    model = None
    for _ in range(3):
        if votes.sum() < _FEWEST or (model := solve(source[votes], target[votes])) is None:
            return model
        votes = _misses(model, source, target) < _TRIM * max(sigma, 0.1)
    return model


def _unmoved(source: Points, target: Points) -> Matrix:  # noqa: ARG001
    return np.eye(3)


def _shift(source: Points, target: Points) -> Matrix:
    matrix = np.eye(3)
    matrix[:2, 2] = (target - source).mean(axis=0)
    return matrix


def _turn(source: Points, target: Points) -> Matrix:
    return _similar(source, target, rigid=True)


def _similar(source: Points, target: Points, *, rigid: bool = False) -> Matrix:
    """Umeyama's least squares, IEEE TPAMI 13(4), 1991."""
    mean1, mean2 = source.mean(axis=0), target.mean(axis=0)
    one, two = source - mean1, target - mean2
    left, spread, right = np.linalg.svd(two.T @ one)
    sign = np.array([1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    scale = 1.0 if rigid else float((spread * sign).sum() / max(1e-9, (one * one).sum()))
    matrix = np.eye(3)
    matrix[:2, :2] = scale * (left * sign) @ right
    matrix[:2, 2] = mean2 - matrix[:2, :2] @ mean1
    return matrix


def _affine(source: Points, target: Points) -> Matrix:
    matrix = np.eye(3)
    matrix[:2] = np.linalg.lstsq(np.column_stack([source, np.ones(len(source))]), target, rcond=None)[0].T
    return matrix


def _homography(source: Points, target: Points) -> Matrix | None:
    matrix, _ = cv2.findHomography(source, target, 0)
    return None if matrix is None else np.asarray(matrix, dtype=np.float64)


_MODELS: tuple[tuple[int, Solve], ...] = (
    (0, _unmoved),
    (2, _shift),
    (3, _turn),
    (4, _similar),
    (6, _affine),
    (8, _homography),
)
