"""Alignment: the simplest transform that lays image2 over image1, by evidence, coarse to fine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.registration.features import Described, candidates, describe
from services.detection.registration.tracking import follow, normalised, trace
from services.detection.registration.transforms import fit
from services.imaging.arrays import Flags, Floats
from services.imaging.warp import Matrix, corner_shift, is_in_front, scaling

Model = Literal["identity", "translation", "euclidean", "affine", "homography"]
_SIDE = 720  # pixels at which a pair is searched; tracked corners keep a photo of 1280 within 0.1 pixel there
_ROUGH = 2.0  # times smaller, for what lies far off, is soft or noisy
_SMALLEST = 48  # pixels a side below which neither features nor tracking mean anything
_CELL = 24  # pixels, one corner in each: about 500 a photo
_ROUNDS = 4
_STILL = 0.03  # pixels a round of tracking must move a corner of the picture to be worth another
_GAIN = 0.01  # of the score that a later find must bring
_GOOD, _AGREED = 0.6, 0.4  # score and share of corners at which nothing better is looked for
_OVERLAP, _LEAST = 0.4, 0.1  # of either image that the other must show, and of image1: a crop is all of image2
_FOUND = 0.35  # unrelated photos, texts and drawings reach 0.29, related ones with 30 % pasted over 0.39 and more
_BLOCK = 24


@dataclass(frozen=True)
class Found:
    """A 3x3 matrix from pixels of image1 to pixels of image2, its name and mean local ZNCC."""

    matrix: Matrix
    model: Model
    score: float

    @property
    def trusted(self) -> bool:
        """Whether the two images agree under it."""
        return self.score >= _FOUND


def align(image1: RGB, image2: RGB, check: Callable[[], None]) -> Found:
    """Laid over as it is first, then tracked from there, then features; `check` may raise between steps."""
    height, width = image1.shape[:2]
    one, down1 = _grey(image1)
    two, down2 = _grey(image2)
    start = scaling(two.shape[1] / one.shape[1], two.shape[0] / one.shape[0])
    search = _Search(one, two, start, check)
    best, score = search.run()
    matrix = np.linalg.inv(down2) @ best @ down1
    if best is start or np.allclose(best, start, atol=1e-9):
        matrix = scaling(image2.shape[1] / width, image2.shape[0] / height)
    matrix = matrix / matrix[2, 2]
    name = name_of(matrix, width, height)
    same_size = image1.shape == image2.shape
    return Found(np.eye(3) if name == "identity" and same_size else matrix, name, max(-1.0, min(1.0, score)))


def name_of(matrix: Matrix, width: int, height: int) -> Model:
    """The simplest model that gives the corners of width x height the same place within a third of a pixel."""
    shift = np.eye(3)
    shift[:2, 2] = (matrix @ [width / 2, height / 2, 1])[:2] - [width / 2, height / 2]
    turn = np.eye(3)
    left, _, right = np.linalg.svd(matrix[:2, :2])
    turn[:2, :2] = left @ right
    turn[:2, 2] = (matrix @ [width / 2, height / 2, 1])[:2] - turn[:2, :2] @ [width / 2, height / 2]
    flat = matrix.copy()
    flat[2] = [0, 0, 1]
    models: tuple[tuple[Model, Matrix], ...] = (
        ("identity", np.eye(3)),
        ("translation", shift),
        ("euclidean", turn),
        ("affine", flat),
    )
    for name, simple in models:
        if np.linalg.det(matrix[:2, :2]) < 0 and name != "affine":
            continue  # a mirror is no motion
        if corner_shift(matrix, simple, width, height) < 1 / 3:
            return name
    return "homography"


def zncc(grey1: Floats, grey2: Floats, valid: Flags | None = None) -> float:
    """Mean zero-normalised cross-correlation over blocks that have texture in either image; 1 without texture."""

    def mean(values: Floats) -> Floats:
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


def _grey(image: RGB) -> tuple[Floats, Matrix]:
    """Grey levels at the size that is searched, and the map there from the image's pixels."""
    height, width = image.shape[:2]
    shrink = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32), scaling(size[0] / width, size[1] / height)


class _Level:
    """Both pictures at one size, ready to be tracked; matrices go from the first to the second at that size."""

    def __init__(self, grey1: Floats, grey2: Floats, cell: int) -> None:
        self._one, self._levels2 = trace(grey1, cell), normalised(grey2)
        self.size = (grey1.shape[1], grey1.shape[0])

    def settle(self, start: Matrix, matrix: Matrix, coarse: int) -> tuple[Matrix, float]:
        """Tracked from `matrix` until nothing moves, and the share of corners that agree in the end."""
        agreed = 0.0
        for number in range(_ROUNDS):
            if not is_in_front(matrix, *self.size):
                return matrix, 0.0
            source, target = follow(self._one, self._levels2, matrix, coarse if number == 0 else 1)
            found = fit(source, target, start)
            if found is None or not is_in_front(found.matrix, *self.size):
                return matrix, 0.0
            agreed = float(found.agreeing.sum()) / len(self._one.corners)
            moved = corner_shift(found.matrix, matrix, *self.size)
            matrix = found.matrix
            if moved < _STILL:
                break
        return matrix, agreed

    def described(self, *, mirrored: bool = False) -> tuple[Described, Described]:
        """Features of the normalised pictures."""
        two = np.ascontiguousarray(self._levels2[:, ::-1]) if mirrored else self._levels2
        return describe(self._one.levels), describe(two)


class _Search:
    """One pair's search; every step is kept only if the pictures agree better under it."""

    def __init__(self, grey1: Floats, grey2: Floats, start: Matrix, check: Callable[[], None]) -> None:
        self._one, self._two, self._start, self._check = _soft(grey1), _soft(grey2), start, check
        self._best, self._score, self._agreed = start, self._scored(start), 0.0

    def run(self) -> tuple[Matrix, float]:
        """The best matrix and its score."""
        first, unmoved = self._score, self._start
        if np.array_equal(self._one, self._two) or min(*self._one.shape, *self._two.shape) < _SMALLEST:
            return unmoved, first
        self._fine = _Level(self._one, self._two, _CELL)
        self._rough = _Level(_rough(self._one), _rough(self._two), _CELL // 2)
        self._from_rough(unmoved, _to_rough(unmoved))
        if not self._convincing:
            self._by_features()
        if self._score < _GOOD and self._agreed < _AGREED / 2:  # nothing but a score, which chance may reach
            return unmoved, first
        return self._best, self._score

    @property
    def _convincing(self) -> bool:
        return self._score >= _GOOD and self._agreed >= _AGREED

    def _by_features(self) -> None:
        for candidate in candidates(*self._rough.described()):
            self._from_rough(self._start, candidate)
            if self._convincing:
                return
        if self._score >= _FOUND:
            return
        self._check()
        mirror = np.array([[-1, 0, self._two.shape[1] - 1], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
        for candidate in candidates(*self._rough.described(mirrored=True)):
            self._from_rough(mirror @ self._start, _to_rough(mirror) @ candidate)
            if self._convincing:
                return

    def _from_rough(self, start: Matrix, matrix: Matrix) -> None:
        """Settled at the rough size, then at the fine one; `matrix` is of the rough size, `start` of the fine one."""
        self._check()
        rough, _ = self._rough.settle(_to_rough(start), matrix, 2)
        self._try(start, _to_fine(rough))

    def _try(self, start: Matrix, matrix: Matrix) -> None:
        self._check()
        matrix, agreed = self._fine.settle(start, matrix, 1)
        reached = self._scored(matrix)
        surer = self._agreed == 0 < agreed and reached > self._score - _GAIN
        if surer or reached > self._score + _GAIN:
            self._best, self._score, self._agreed = matrix, reached, agreed

    def _scored(self, matrix: Matrix) -> float:
        height, width = self._one.shape
        if not is_in_front(matrix, width, height):
            return -1.0
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpPerspective(self._two, matrix, (width, height), flags=flags, borderValue=-1e6)
        valid = np.asarray(moved > -1)
        moved[~valid] = 0
        inside = cv2.erode(valid.astype(np.uint8), np.ones((_BLOCK + 1, _BLOCK + 1), np.uint8), borderValue=1) > 0
        shared = float(valid.mean())
        of_two = shared * valid.size * abs(float(np.linalg.det(matrix[:2, :2]))) / self._two.size
        if shared < _LEAST or max(shared, of_two) < _OVERLAP:
            return -1.0
        return zncc(self._one, moved.astype(np.float32), inside)


def _to_rough(matrix: Matrix) -> Matrix:
    return np.asarray(scaling(1 / _ROUGH, 1 / _ROUGH) @ matrix @ scaling(_ROUGH, _ROUGH), dtype=np.float64)


def _to_fine(matrix: Matrix) -> Matrix:
    return np.asarray(scaling(_ROUGH, _ROUGH) @ matrix @ scaling(1 / _ROUGH, 1 / _ROUGH), dtype=np.float64)


def _soft(grey: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), dtype=np.float32)


def _rough(grey: Floats) -> Floats:
    height, width = grey.shape
    size = (max(1, round(width / _ROUGH)), max(1, round(height / _ROUGH)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
