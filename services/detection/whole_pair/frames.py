"""Where the frames of two registered images lie: mirrored, turned, scaled, and which part each alone shows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from imgdiff.whole_pair import Lens
from services.imaging.lens import Points, bend, straighten
from services.imaging.warp import Matrix, transform_points

_SAMPLES = 64  # a side, at which the shared part of a frame is counted
_LEAN = 0.004  # of a side by which it may lean: two pixels of 500; chosen, not measured
Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Frames:
    """Both images' sizes, the matrix from image1's own pixels to image2's, and the lens behind it."""

    size1: Size
    size2: Size
    matrix: Matrix
    lens: Lens | None = None

    @cached_property
    def linear(self) -> Matrix:
        """2x2: how the matrix turns, mirrors and scales the middle of image1."""
        x, y = self.size1[0] / 2, self.size1[1] / 2
        across, down, depth = self.matrix @ [x, y, 1]
        rows = self.matrix[:2, :2] * depth - np.outer([across, down], self.matrix[2, :2])
        return np.asarray(rows / depth**2, np.float64)

    @property
    def backwards(self) -> Matrix:
        """The matrix from image2's own pixels to image1's."""
        return np.asarray(np.linalg.inv(self.matrix), np.float64)

    @property
    def mirrored(self) -> bool:
        """Whether image2 is a mirror image."""
        return bool(np.linalg.det(self.linear) < 0)

    @property
    def degrees(self) -> float:
        """Degrees by which image2 is turned clockwise, -180..180; of a mirror image after it is flipped sideways."""
        turned = self.linear @ np.diag([-1.0 if self.mirrored else 1.0, 1.0])
        return float(np.degrees(np.arctan2(turned[1, 0] - turned[0, 1], turned[0, 0] + turned[1, 1])))

    @property
    def straight(self) -> bool:
        """Whether the sides of both frames are parallel: no lean, no perspective."""
        corners = np.array([[0, 0], [self.size1[0], 0], [0, self.size1[1]], self.size1], np.float64)
        top_left, top_right, bottom_left, bottom_right = transform_points(self.matrix, corners)
        sides = top_right - top_left, bottom_right - bottom_left, bottom_left - top_left, bottom_right - top_right
        return all(float(np.abs(side).min()) <= _LEAN * float(np.abs(side).max()) for side in sides)

    @property
    def scale(self) -> tuple[float, float]:
        """The larger and the smaller of the two factors by which image2 is finer than image1."""
        large, small = np.linalg.svd(self.linear, compute_uv=False)
        return float(large), float(small)

    @cached_property
    def shared(self) -> tuple[float, float]:
        """Share of image1 that image2 shows, and of image2 that image1 shows, 0..1."""
        there = transform_points(self.matrix, _sample(self.size1))
        straight = _sample(self.size2)
        if self.lens is not None:
            there, straight = bend(self.lens, there), straighten(self.lens, straight)
        return _share_inside(there, self.size2), _share_inside(transform_points(self.backwards, straight), self.size1)


def _sample(size: Size) -> Points:
    axes = [(np.arange(_SAMPLES) + 0.5) / _SAMPLES * side - 0.5 for side in size]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


def _share_inside(there: Points, other: Size) -> float:
    return float(((there >= -0.5) & (there <= np.array(other) - 0.5)).all(axis=1).mean())
