"""Embedding vectors: unit length and cosine."""

import numpy as np

from services.imaging.arrays import Floats


def normalize(vectors: Floats) -> Floats:
    """Divide each last-axis vector by its length; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def cosine(unit1: Floats, unit2: Floats) -> float:
    """The cosine of two unit vectors, -1..1, to four places, so that rounding lifts no image above a closed bound.

    Raises FloatingPointError where a network returned no numbers, which would pass for the largest difference.
    """
    product = float(np.dot(unit1, unit2))
    if not np.isfinite(product):
        raise FloatingPointError("an embedding is not finite")
    return round(min(1.0, max(-1.0, product)), 4)
