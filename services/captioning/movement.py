"""Things that moved: removed at one region, added at another, the same by name, colour, size and looks."""

from collections.abc import Callable, Sequence

from imgdiff.records import Box, Change
from services.captioning.findings import Finding

_ALIKE = 0.85  # cosine of the two crops' embeddings; the same thing seen again is above, another of its kind below
_SIZES = 1.8  # largest ratio of areas


def moves(found: Sequence[Finding], likeness: Callable[[Box, Box], float]) -> dict[int, int]:
    """Index of the region that something left -> index of the one it came to; only where both are the only candidate.

    `likeness` compares the crop of image1 at the first box with the crop of image2 at the second.
    """
    left = [index for index, one in enumerate(found) if one.change is Change.REMOVED and one.label1]
    came = [index for index, one in enumerate(found) if one.change is Change.ADDED and one.label2]
    pairs = [
        (one, two)
        for one in left
        for two in came
        if _could_be(found[one], found[two]) and likeness(found[one].box, found[two].box) > _ALIKE
    ]
    once = [[pair[side] for pair in pairs] for side in (0, 1)]
    return {one: two for one, two in pairs if once[0].count(one) == 1 and once[1].count(two) == 1}


def _could_be(one: Finding, two: Finding) -> bool:
    areas = sorted((box[2] - box[0]) * (box[3] - box[1]) for box in (one.box, two.box))
    same_colour = one.colour1 is None or two.colour2 is None or one.colour1 == two.colour2
    return one.label1 == two.label2 and same_colour and areas[1] <= _SIZES * areas[0]
