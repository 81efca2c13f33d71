"""How sure a share is that was counted."""

from math import sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)  # of a 95 % interval


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share (E. B. Wilson, JASA 22, 1927, 209-212); (0, 1) where nothing was counted."""
    if not count:
        return 0.0, 1.0
    share, spread = hits / count, _Z * _Z / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
