"""The lens between two images: radial terms on top of a homography, kept where points that were held out confirm them.

One lens is modelled, since image1's and image2's own cannot be told apart: about the middle of image2, or about the
place of image1's middle, where image2 is a crop.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from imgdiff.whole_pair import Lens
from services.detection.registration.fitting import fit_matrix
from services.imaging.arrays import Flags
from services.imaging.lens import Points, bend, straighten
from services.imaging.warp import Matrix, transform_points

_LEAST_POINTS = 60  # matched points; chosen, not measured
_BLOCKS = 4  # a side, of which every second one is held out, since neighbouring points err alike; chosen
_SCATTER = 0.3  # pixels of a tracked point, beyond which it loses weight
_AGREES = 3 * _SCATTER  # pixels within which it agrees
_REACH = 1.5  # pixels that a held-out point may miss: one that neither model explains moved by itself
# Share of the held-out miss that a lens must leave less of: none of 270 real pairs of 20 sources, where no lens was
# exchanged, falls below .71; lenses of 0.5 to 15 % on 12 photos leave .26 and less.
_BETTER = 0.6
_LEAST_BEND, _MOST_BEND = 0.4, 150.0  # pixels by which it moves the corners of an image of 720; chosen, not measured
_CENTRED = 0.05  # of the radius within which two centres are one; chosen, not measured
_EVALUATIONS = 15  # of the least squares, at most; chosen, not measured
_REWEIGHTINGS = 5  # of the cheap test; chosen, not measured
Size = tuple[int, int]
"""Width and height in pixels."""


class Bent(NamedTuple):
    """A matrix, the lens behind it, and the share of points that agree with both."""

    matrix: Matrix
    lens: Lens
    agreed: float


def fit_lens(
    source: Points, target: Points, start: Matrix, matrix: Matrix, sizes: tuple[Size, Size], known: Lens | None = None
) -> Bent | None:
    """The lens that points tracked from `matrix` prove, the matrix before it as simple as `start` and they allow.

    `sizes` are image1's and image2's. A lens that is `known` is only fitted again; null without proof.
    """
    if len(source) < _LEAST_POINTS:
        return None
    lens = _choose_lens(source, target, matrix, sizes) if known is None else known
    if lens is None:
        return None
    problem = _Problem(source, target, matrix, lens)
    _, bent = problem.solve(np.ones(len(source), bool), bends=True)
    if not _LEAST_BEND < abs(sum(bent.terms)) * bent.radius < _MOST_BEND:
        return None
    simple = fit_matrix(source, straighten(bent, target), start)
    if simple is None:
        return None
    misses = np.hypot(*(bend(bent, transform_points(simple.matrix, source)) - target).T)
    return Bent(simple.matrix, bent, float((misses < _AGREES).mean()))


def _choose_lens(source: Points, target: Points, matrix: Matrix, sizes: tuple[Size, Size]) -> Lens | None:
    """The centre about which points prove a lens best; null without proof."""
    first, second = ((np.array(size) - 1) / 2 for size in sizes)
    radius = float(np.hypot(*sizes[1])) / 2
    placed = transform_points(matrix, first[None])[0]
    centres = [second] if np.hypot(*(placed - second)) <= _CENTRED * radius else [second, placed]
    lenses = [Lens(centre=(float(x), float(y)), radius=radius, terms=(0.0, 0.0)) for x, y in centres]
    rated = [
        (_Problem(source, target, matrix, lens).measure_gain(), lens)
        for lens in lenses
        if _grows_outwards(source, target, matrix, lens)
    ]
    share, lens = min(rated, key=lambda one: one[0], default=(1.0, None))
    return lens if share <= _BETTER else None


def _grows_outwards(source: Points, target: Points, matrix: Matrix, lens: Lens) -> bool:
    """Whether what a matrix leaves grows with the third power of the distance from the centre; costs nearly nothing."""
    placed = transform_points(matrix, source)
    apart = (placed - lens.centre) / lens.radius
    squares = (apart**2).sum(axis=1)
    radius = np.sqrt(squares)
    along = ((target - placed) * apart).sum(axis=1) / np.maximum(radius, 1e-6)
    basis = np.stack([radius, radius * squares], axis=1)
    weight, fit = np.ones(len(along)), np.zeros(2)
    for _ in range(_REWEIGHTINGS):
        fit, *_ = np.linalg.lstsq(basis * weight[:, None], along * weight, rcond=None)
        left = np.abs(along - basis @ fit)
        weight = 1 / np.sqrt(1 + (left / max(_SCATTER, float(np.median(left)))) ** 2)
    return abs(float(fit[1])) > _LEAST_BEND


class _Problem:
    """Least squares of a homography near `matrix`, with or without radial terms, robust against what moved."""

    def __init__(self, source: Points, target: Points, matrix: Matrix, lens: Lens) -> None:
        self._source, self._target, self._matrix, self._lens = source, target, matrix, lens
        (x, y), unit = lens.centre, 1 / lens.radius
        self._to_unit = np.array([[unit, 0, -x * unit], [0, unit, -y * unit], [0, 0, 1]])
        self._from_unit = np.linalg.inv(self._to_unit)

    def measure_gain(self) -> float:
        """The held-out miss with radial terms over that without; the larger of both halves of the blocks."""
        low = self._source.min(axis=0)
        cells = np.floor((self._source - low) / (np.ptp(self._source, axis=0) / _BLOCKS + 1e-9))
        half: Flags = cells.sum(axis=1) % 2 == 0
        if min(half.sum(), (~half).sum()) < _LEAST_POINTS / 3:
            return 1.0
        worst = 0.0
        for inside in (half, ~half):
            plain, bent = (self._miss(*self.solve(inside, bends=bends), ~inside) for bends in (False, True))
            stayed = np.minimum(plain, bent) < _REACH
            worst = max(worst, _weigh(bent[stayed]) / max(_weigh(plain[stayed]), 1e-6))
            if worst > _BETTER:
                break
        return worst

    def solve(self, inside: Flags, *, bends: bool) -> tuple[Matrix, Lens]:
        """The best matrix, and terms where it `bends`, for the points `inside`."""
        start = np.array([*([0.0] * 8), *(self._lens.terms if bends else ())])
        source, target = self._source[inside], self._target[inside]

        def miss(x: Points) -> Points:
            matrix, lens = self._read(x)
            return np.asarray((bend(lens, transform_points(matrix, source)) - target).ravel())

        solved = least_squares(miss, start, loss="soft_l1", f_scale=_SCATTER, max_nfev=_EVALUATIONS)
        return self._read(solved.x)

    def _miss(self, matrix: Matrix, lens: Lens, inside: Flags) -> Points:
        apart = bend(lens, transform_points(matrix, self._source[inside])) - self._target[inside]
        return np.asarray(np.hypot(*apart.T))

    def _read(self, x: Points) -> tuple[Matrix, Lens]:
        near = np.eye(3) + np.append(x[:8], 0.0).reshape(3, 3)
        matrix = self._from_unit @ near @ self._to_unit @ self._matrix
        terms = (float(x[8]), float(x[9])) if len(x) > 8 else (0.0, 0.0)
        return matrix / matrix[2, 2], self._lens.model_copy(update={"terms": terms})


def _weigh(misses: Points) -> float:
    """Their mean, less of the small ones, in pixels; 1 for none."""
    return float((np.sqrt(_SCATTER**2 + misses**2) - _SCATTER).mean()) if misses.size else 1.0
