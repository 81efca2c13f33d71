"""Radial distortion: what one lens bends against another, as a polynomial about a centre."""

import numpy as np
from numpy.typing import NDArray

from imgdiff.whole_pair import Lens

Points = NDArray[np.float64]
"""N x 2, x and y of pixel centres."""
_ITERATIONS = 5  # of Newton's method; two are exact to a thousandth of a pixel at a tenth of distortion


def bend(lens: Lens, points: Points) -> Points:
    """Carry N x 2 points that a matrix placed in image2 to where its lens shows them."""
    apart = points - lens.centre
    squares = (apart**2).sum(axis=-1, keepdims=True) / lens.radius**2
    return np.asarray(lens.centre + apart * (1 + squares * (lens.terms[0] + squares * lens.terms[1])), np.float64)


def straighten(lens: Lens, points: Points) -> Points:
    """The opposite of `bend`, as far as the lens does not fold back."""
    apart = (points - lens.centre) / lens.radius
    goal = np.hypot(*apart.T)
    radius, (first, second) = goal.copy(), lens.terms
    for _ in range(_ITERATIONS):
        squares = radius**2
        slope = 1 + squares * (3 * first + squares * 5 * second)
        radius -= (radius * (1 + squares * (first + squares * second)) - goal) / np.maximum(slope, 0.1)
    factor = radius / np.maximum(goal, 1e-9)
    return np.asarray(lens.centre + apart * factor[:, None] * lens.radius, np.float64)


def rescale(lens: Lens, across: float, down: float) -> Lens:
    """The same lens over a grid `across` and `down` times as fine."""
    (x, y), middle = lens.centre, (across * down) ** 0.5
    centre = (x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5
    return Lens(centre=centre, radius=lens.radius * middle, terms=lens.terms)
