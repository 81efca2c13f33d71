"""Alignment: the simplest transform that lays image2 over image1, by evidence, coarse to fine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.geometry import Map, corner_shift, scaling
from services.detection.perception import Flags, FloatMap

Model = Literal["identity", "translation", "euclidean", "affine", "homography"]
_SIDE = 900
_SMALLEST = 48  # pixels a side below which neither features nor ECC mean anything
_GAIN = 0.01  # a richer model must score better by this much
_MATCHES = 12
_FOUND = 0.35
_BLOCK = 24


@dataclass(frozen=True)
class Found:
    """A 3x3 matrix from pixels of image1 to pixels of image2, its name and mean local ZNCC."""

    matrix: Map
    model: Model
    score: float

    @property
    def trusted(self) -> bool:
        """Whether the two images agree under it."""
        return self.score >= _FOUND


def align(image1: RGB, image2: RGB, check: Callable[[], None]) -> Found:
    """Identity is tried first, then features, then ECC; `check` may raise between steps."""
    height, width = image1.shape[:2]
    start = scaling(image2.shape[1] / width, image2.shape[0] / height)
    shrink = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    grey1, grey2 = _grey(image1, size), _grey(image2, size)
    best, score = np.eye(3), zncc(grey1, grey2)
    if score < 0.995 and min(size) >= _SMALLEST:
        best, score = _search(grey1, grey2, score, check)
    down1 = scaling(size[0] / width, size[1] / height)
    up2 = scaling(image2.shape[1] / size[0], image2.shape[0] / size[1])
    matrix = up2 @ best @ down1 if not np.array_equal(best, np.eye(3)) else start
    matrix = matrix / matrix[2, 2]
    name = name_of(matrix, width, height)
    return Found(np.eye(3) if name == "identity" else matrix, name, max(-1.0, min(1.0, score)))


def name_of(matrix: Map, width: int, height: int) -> Model:
    """The simplest model that gives the corners of width x height the same place within a third of a pixel."""
    shift = np.eye(3)
    shift[:2, 2] = (matrix @ [width / 2, height / 2, 1])[:2] - [width / 2, height / 2]
    turn = np.eye(3)
    left, _, right = np.linalg.svd(matrix[:2, :2])
    turn[:2, :2] = left @ right
    turn[:2, 2] = (matrix @ [width / 2, height / 2, 1])[:2] - turn[:2, :2] @ [width / 2, height / 2]
    flat = matrix.copy()
    flat[2] = [0, 0, 1]
    models: tuple[tuple[Model, Map], ...] = (
        ("identity", np.eye(3)),
        ("translation", shift),
        ("euclidean", turn),
        ("affine", flat),
    )
    for name, simple in models:
        if corner_shift(matrix, simple, width, height) < 1 / 3:
            return name
    return "homography"


def warp(image2: RGB, found: Found, width: int, height: int) -> tuple[RGB, Flags]:
    """image2 on the grid of image1 (height x width), and where it really has pixels."""
    if found.model == "identity" and image2.shape[:2] == (height, width):
        return image2, np.ones((height, width), bool)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpPerspective(image2, found.matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    known = np.full(image2.shape[:2], 255, np.uint8)
    seen = cv2.warpPerspective(known, found.matrix, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    framed = cv2.copyMakeBorder(seen, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    return np.asarray(out), np.asarray(cv2.erode(framed, np.ones((5, 5), np.uint8))[2:-2, 2:-2] > 0)


def zncc(grey1: FloatMap, grey2: FloatMap, valid: Flags | None = None) -> float:
    """Mean zero-normalised cross-correlation over blocks that have texture in either image; 1 without texture."""

    def mean(values: FloatMap) -> FloatMap:
        return np.asarray(cv2.blur(values, (_BLOCK, _BLOCK)))

    mean1, mean2 = mean(grey1), mean(grey2)
    var1, var2 = mean(grey1 * grey1) - mean1 * mean1, mean(grey2 * grey2) - mean2 * mean2
    local = (mean(grey1 * grey2) - mean1 * mean2) / np.sqrt(np.maximum(var1, 1) * np.maximum(var2, 1))
    textured = np.maximum(var1, var2) > 60
    if valid is not None:
        textured &= valid
    step = slice(_BLOCK // 2, None, _BLOCK // 2)
    picked = local[step, step][textured[step, step]]
    return float(picked.mean()) if picked.size > 5 else 1.0


def _grey(image: RGB, size: tuple[int, int]) -> FloatMap:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), 1.0), dtype=np.float32)


def _score(grey1: FloatMap, grey2: FloatMap, matrix: Map) -> float:
    found = Found(matrix, "homography", 0.0)
    height, width = grey1.shape
    moved, valid = warp(grey2, found, width, height)  # type: ignore[arg-type]  # warping is blind to channels
    return zncc(grey1, moved.astype(np.float32), valid) if valid.mean() > 0.4 else -1.0


def _search(grey1: FloatMap, grey2: FloatMap, score: float, check: Callable[[], None]) -> tuple[Map, float]:
    best, identity = np.eye(3), score
    for candidate in _from_features(grey1, grey2):
        check()
        reached = _score(grey1, grey2, candidate)
        if reached > score + _GAIN:
            best, score = candidate, reached
    check()
    refined = _refine(grey1, grey2, best)
    if refined is not None and (reached := _score(grey1, grey2, refined)) > score + _GAIN / 2:
        best, score = refined, reached
    if score < identity + _GAIN:
        return np.eye(3), identity
    return best, score


def _from_features(grey1: FloatMap, grey2: FloatMap) -> Iterator[Map]:
    """Similarity and homography supported by matched SIFT features."""
    sift = cv2.SIFT.create(3000)
    points1, words1 = sift.detectAndCompute(grey1.astype(np.uint8), None)
    points2, words2 = sift.detectAndCompute(grey2.astype(np.uint8), None)
    if words1 is None or words2 is None or min(len(points1), len(points2)) < _MATCHES:
        return
    near = [pair for pair in cv2.BFMatcher().knnMatch(words1, words2, 2) if len(pair) == 2]
    good = [one for one, two in near if one.distance < 0.8 * two.distance]
    if len(good) < _MATCHES:
        return
    source = np.array([points1[match.queryIdx].pt for match in good], np.float32)
    target = np.array([points2[match.trainIdx].pt for match in good], np.float32)
    rigid, kept = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=2.0, maxIters=3000)
    if rigid is not None and _sane(turned := _square(rigid), int(np.count_nonzero(kept))):
        yield turned
    bent, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, 2.0, maxIters=3000)
    if bent is not None and _sane(tilted := np.asarray(bent, dtype=np.float64), int(np.count_nonzero(kept))):
        yield tilted


def _square(affine: object) -> Map:
    return np.vstack([np.asarray(affine, dtype=np.float64), [0, 0, 1]])


def _sane(matrix: Map, kept: int) -> bool:
    return kept >= _MATCHES and 0.25 < abs(float(np.linalg.det(matrix[:2, :2]))) < 4


def _refine(grey1: FloatMap, grey2: FloatMap, start: Map) -> Map | None:
    """ECC from `start`, affine unless `start` already has perspective; None where it does not converge."""
    straight = bool(np.abs(start[2, :2]).max() < 1e-9)
    motion = cv2.MOTION_AFFINE if straight else cv2.MOTION_HOMOGRAPHY
    first = (start[:2] if straight else start).astype(np.float32)
    criteria = (int(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT), 40, 1e-4)
    everywhere = np.full(grey1.shape, 255, np.uint8)
    try:
        _, out = cv2.findTransformECC(grey1, grey2, first, motion, criteria, everywhere, 5)
    except cv2.error:
        return None
    return _square(out) if straight else np.asarray(out, dtype=np.float64)
