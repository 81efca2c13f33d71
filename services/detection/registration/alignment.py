"""Alignment: the simplest transform that lays image2 over image1, found coarse to fine and kept on evidence."""

from collections.abc import Callable

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.whole_pair import Lens
from services.detection.limits import (
    ALIGNED_SIDE,
    BETTER_SCORE,
    GOOD_SCORE,
    GOOD_SHARE,
    LEAST_SHARED,
    RELATED_SCORE,
    SHARED,
    TRUSTED_SCORE,
)
from services.detection.registration.features import Features, detect_features, propose_transforms
from services.detection.registration.fitting import fit_matrix
from services.detection.registration.lens import fit_lens
from services.detection.registration.tracking import find_corners, normalize_contrast, track_corners
from services.detection.registration.transform import Transform, name_model
from services.imaging.arrays import Flags, Floats
from services.imaging.lens import Points, rescale
from services.imaging.resizing import fit_within
from services.imaging.warp import Matrix, corner_shift, is_in_front, sample, scaling

_HALF = 2.0  # times smaller, for what is far off, soft or noisy
_SMALLEST = 48  # pixels a side below which neither features nor tracking mean anything; chosen, not measured
_CELL = 24  # pixels, one corner in each: about 500 a photo
_ITERATIONS = 4  # of tracking and fitting; chosen, not measured
_LENS_FITS = 3  # of tracking through a lens and fitting it; chosen, not measured
_STILL = 0.03  # pixels that an iteration must move a corner of the image to be worth another; chosen, not measured
_BLOCK = 24  # pixels a side of the blocks that are correlated; chosen, not measured
_TEXTURE = 60  # grey levels squared: variance of a block that has texture; chosen, not measured


def align(image1: RGB, image2: RGB, check: Callable[[], None]) -> Transform:
    """Try image2 as it is first, then tracked from there, then by features; `check` may raise between steps."""
    height, width = image1.shape[:2]
    grey1, down1 = _shrink_to_grey(image1)
    grey2, down2 = _shrink_to_grey(image2)
    start = scaling(grey2.shape[1] / grey1.shape[1], grey2.shape[0] / grey1.shape[0])
    best, lens, score = _Search(grey1, grey2, start, check).run()
    matrix = np.linalg.inv(down2) @ best @ down1
    if best is start or np.allclose(best, start, atol=1e-9):
        matrix = scaling(image2.shape[1] / width, image2.shape[0] / height)
    matrix = matrix / matrix[2, 2]
    model = name_model(matrix, width, height)
    same_size = image1.shape == image2.shape
    matrix = np.eye(3) if model == "identity" and same_size else matrix
    score = max(-1.0, min(1.0, score))
    if lens is None:
        return Transform(matrix, model, score)
    return Transform(matrix, "lens", score, lens=rescale(lens, 1 / down2[0, 0], 1 / down2[1, 1]))


def score_in_place(image1: RGB, image2: RGB) -> float:
    """Mean local ZNCC of image2 stretched to image1's size, -1..1."""
    grey1, _ = _shrink_to_grey(image1)
    grey2 = cv2.resize(_shrink_to_grey(image2)[0], grey1.shape[1::-1], interpolation=cv2.INTER_AREA)
    return correlate(_soften(grey1), _soften(np.asarray(grey2, np.float32)))


def correlate(grey1: Floats, grey2: Floats, valid: Flags | None = None) -> float:
    """Mean zero-normalised cross-correlation over blocks that have texture in either image; 1 without texture."""

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, (_BLOCK, _BLOCK)))

    mean1, mean2 = mean(grey1), mean(grey2)
    var1, var2 = mean(grey1 * grey1) - mean1 * mean1, mean(grey2 * grey2) - mean2 * mean2
    local = (mean(grey1 * grey2) - mean1 * mean2) / np.sqrt(np.maximum(var1, 1) * np.maximum(var2, 1))
    textured = np.maximum(var1, var2) > _TEXTURE
    if valid is not None:
        textured &= valid
    step = slice(_BLOCK // 2, None, _BLOCK // 2)
    picked = local[step, step][textured[step, step]]
    return float(picked.mean()) if picked.size > 5 else 1.0


def _shrink_to_grey(image: RGB) -> tuple[Floats, Matrix]:
    """Grey levels at the size that is searched, and the matrix there from the image's pixels."""
    height, width = image.shape[:2]
    size = fit_within(image.shape, ALIGNED_SIDE)
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32), scaling(size[0] / width, size[1] / height)


class _Level:
    """Both images at one size, ready to be tracked; matrices lead from image1 to image2 at that size."""

    def __init__(self, grey1: Floats, grey2: Floats, cell: int) -> None:
        self._image1, self._levels2 = find_corners(grey1, cell), normalize_contrast(grey2)
        self.size = (grey1.shape[1], grey1.shape[0])

    def track(self, start: Matrix, matrix: Matrix, halvings: int) -> tuple[Matrix, float]:
        """Track and fit from `matrix` until nothing moves; also the share of corners that agree in the end."""
        agreed = 0.0
        for iteration in range(_ITERATIONS):
            if not is_in_front(matrix, *self.size):
                return matrix, 0.0
            source, target = track_corners(self._image1, self._levels2, matrix, halvings if iteration == 0 else 1)
            fit = fit_matrix(source, target, start)
            if fit is None or not is_in_front(fit.matrix, *self.size):
                return matrix, 0.0
            agreed = float(fit.agreeing.sum()) / len(self._image1.corners)
            moved = corner_shift(fit.matrix, matrix, *self.size)
            matrix = fit.matrix
            if moved < _STILL:
                break
        return matrix, agreed

    def follow(self, matrix: Matrix, lens: Lens | None, halvings: int) -> tuple[Points, Points]:
        """Corners of image1 and their points in image2."""
        return track_corners(self._image1, self._levels2, matrix, halvings, lens)

    def detect(self, *, mirrored: bool = False) -> tuple[Features, Features]:
        """Features of both images, of image2 mirrored on request."""
        levels2 = np.ascontiguousarray(self._levels2[:, ::-1]) if mirrored else self._levels2
        return detect_features(self._image1.levels), detect_features(levels2)


class _Search:
    """One pair's search; each step is kept only if the images agree better under it."""

    def __init__(self, grey1: Floats, grey2: Floats, start: Matrix, check: Callable[[], None]) -> None:
        self._grey1, self._grey2, self._start, self._check = _soften(grey1), _soften(grey2), start, check
        self._best, self._score, self._agreed = start, self._score_of(start), 0.0
        self._lens: Lens | None = None

    def run(self) -> tuple[Matrix, Lens | None, float]:
        """The best matrix, the lens behind it and their score."""
        start, start_score = self._start, self._score
        if np.array_equal(self._grey1, self._grey2) or min(*self._grey1.shape, *self._grey2.shape) < _SMALLEST:
            return start, None, start_score
        self._fine = _Level(self._grey1, self._grey2, _CELL)
        self._rough = _Level(_halve(self._grey1), _halve(self._grey2), _CELL // 2)
        self._refine(start, _to_rough(start))
        self._find_lens()
        if not self._is_good:
            self._search_features()
            self._find_lens()
        if self._score < GOOD_SCORE and self._agreed < GOOD_SHARE / 2:  # a score alone may be chance
            return start, None, start_score
        return self._best, self._lens, self._score

    @property
    def _is_good(self) -> bool:
        return self._score >= GOOD_SCORE and self._agreed >= GOOD_SHARE

    def _search_features(self) -> None:
        for matrix in propose_transforms(*self._rough.detect()):
            self._refine(self._start, matrix)
            if self._is_good:
                return
        if self._score >= TRUSTED_SCORE:
            return
        self._check()
        mirror = np.array([[-1, 0, self._grey2.shape[1] - 1], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
        for matrix in propose_transforms(*self._rough.detect(mirrored=True)):
            self._refine(mirror @ self._start, _to_rough(mirror) @ matrix)
            if self._is_good:
                return

    def _refine(self, start: Matrix, rough: Matrix) -> None:
        """Track at half size from `rough`, then at full size; keep the result if it is better."""
        self._check()
        tracked, _ = self._rough.track(_to_rough(start), rough, halvings=2)
        self._check()
        matrix, agreed = self._fine.track(start, _to_fine(tracked), halvings=1)
        score = self._score_of(matrix)
        surer = self._agreed == 0 < agreed and score > self._score - BETTER_SCORE
        if surer or score > self._score + BETTER_SCORE:
            self._best, self._lens, self._score, self._agreed = matrix, None, score, agreed

    def _find_lens(self) -> None:
        """Put a lens behind the best matrix, where points prove one and the images agree better through it."""
        if self._lens is not None or self._score < RELATED_SCORE:
            return
        sizes, lens = (self._grey1.shape[::-1], self._grey2.shape[::-1]), None
        matrix, halvings = self._best, 2
        for _ in range(_LENS_FITS):
            self._check()
            points = self._fine.follow(matrix, lens, halvings)
            if (bent := fit_lens(*points, self._start, matrix, sizes, lens)) is None:
                break
            matrix, lens, halvings = bent.matrix, bent.lens, 1
            score = self._score_of(matrix, lens)
            if score <= self._score:
                break
            self._best, self._lens, self._score, self._agreed = matrix, lens, score, bent.agreed

    def _score_of(self, matrix: Matrix, lens: Lens | None = None) -> float:
        """Correlation under a matrix; -1 where the images share too little."""
        height, width = self._grey1.shape
        if not is_in_front(matrix, width, height):
            return -1.0
        moved = sample(self._grey2, matrix, lens, (width, height), border=-1e6)
        valid = np.asarray(moved > -1)
        moved[~valid] = 0
        inside = cv2.erode(valid.astype(np.uint8), np.ones((_BLOCK + 1, _BLOCK + 1), np.uint8), borderValue=1) > 0
        shared1 = float(valid.mean())
        shared2 = shared1 * valid.size * abs(float(np.linalg.det(matrix[:2, :2]))) / self._grey2.size
        if shared1 < LEAST_SHARED or max(shared1, shared2) < SHARED:
            return -1.0
        return correlate(self._grey1, moved.astype(np.float32), inside)


def _to_rough(matrix: Matrix) -> Matrix:
    return np.asarray(scaling(1 / _HALF, 1 / _HALF) @ matrix @ scaling(_HALF, _HALF), dtype=np.float64)


def _to_fine(matrix: Matrix) -> Matrix:
    return np.asarray(scaling(_HALF, _HALF) @ matrix @ scaling(1 / _HALF, 1 / _HALF), dtype=np.float64)


def _soften(grey: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), dtype=np.float32)


def _halve(grey: Floats) -> Floats:
    height, width = grey.shape
    size = (max(1, round(width / _HALF)), max(1, round(height / _HALF)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
