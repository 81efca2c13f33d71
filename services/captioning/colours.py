"""The colour of a thing as one of the basic colour terms (Berlin and Kay, 1969), or none when it has no one colour."""

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.embedded.pixels import lab_of

# sRGB examples of each term, several where it covers a wide range; the nearest in CIELAB names a pixel.
_EXAMPLES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "black": ((15, 15, 15), (40, 38, 40)),
    "white": ((245, 245, 245), (215, 215, 215)),
    "grey": ((128, 128, 128), (85, 85, 88), (170, 170, 172)),
    "red": ((200, 30, 35), (150, 30, 30), (230, 60, 50)),
    "orange": ((240, 130, 30), (225, 110, 50)),
    "yellow": ((240, 215, 50), (215, 190, 60)),
    "green": ((50, 140, 60), (30, 90, 45), (110, 170, 90)),
    "blue": ((40, 90, 190), (30, 50, 110), (100, 150, 220)),
    "purple": ((120, 60, 150), (85, 50, 120)),
    "pink": ((240, 150, 180), (225, 110, 150)),
    "brown": ((115, 75, 45), (80, 55, 35), (150, 105, 70)),
}
TERMS = tuple(_EXAMPLES)
_SHARE = 0.5  # of the pixels that must agree
_TERM_OF = np.repeat(np.arange(len(TERMS)), [len(examples) for examples in _EXAMPLES.values()])


def colour_of(image: RGB, inside: NDArray[np.bool_]) -> str | None:
    """The term that most pixels inside have; null when fewer than half agree."""
    pixels = image[inside]
    if len(pixels) == 0:
        return None
    lab = lab_of(pixels[:: max(1, len(pixels) // 2000)][None])[0]
    nearest = np.linalg.norm(lab[:, None] - _references()[None], axis=2).argmin(axis=1)
    votes = np.bincount(_TERM_OF[nearest], minlength=len(TERMS))
    best = int(votes.argmax())
    return TERMS[best] if votes[best] > _SHARE * votes.sum() else None


def _references() -> NDArray[np.float32]:
    return np.asarray(lab_of(np.array([[one for examples in _EXAMPLES.values() for one in examples]], np.uint8))[0])
