"""How high the things of the 80 labels usually are, so that what is added has a plausible size beside what is there."""

from services.english.things import thing

_MOST_APART = 6.0
_LOWEST = 0.5


def height_of(label: str) -> float | None:
    """Metres, as people would guess; None for a label that is not among the 80."""
    return thing(label).metres


def times_as_high(label: str, size: tuple[int, int], other: str, other_size: tuple[int, int]) -> float | None:
    """As `ratio`, for two things as they are seen: their sizes are (height, width) in pixels, each in its photo."""
    usual = ratio(label, other)
    return None if usual is None else usual * _posture(label, size) / _posture(other, other_size)


def _posture(label: str, size: tuple[int, int]) -> float:
    upright = thing(label).upright
    return 1.0 if upright is None else min(1.0, max(_LOWEST, size[0] / max(1, size[1]) / upright))


def ratio(label: str, other: str) -> float | None:
    """How many times as high as a thing of the other label; None where that is unknown or beyond comparison."""
    one, two = height_of(label), height_of(other)
    if one is None or two is None or not 1 / _MOST_APART <= one / two <= _MOST_APART:
        return None
    return one / two
