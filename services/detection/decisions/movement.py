"""Things that moved: image1 shows at one region what image2 shows at another, and neither place shows it twice.

That is also true of two patches of one ground, so the pixels must say that it is a thing which left ground behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from imgdiff.boxes import area
from imgdiff.records import Box
from imgdiff.stages import DetectedRegion
from services.imaging.arrays import Floats

_ALIKE = 0.65  # cosine of the thing here and there
_CLEARLY = 0.04  # by which that exceeds the cosine of before and after, at either place
_AREAS, _ASPECTS = 1.8, 1.6  # largest ratios of two boxes of one thing
_THING = 0.6  # by which image1 shows more of a thing where it left than where it came to


@dataclass(frozen=True)
class Seen:
    """A kept region, its crops' unit vectors (D,) of image1 and image2, and which image shows a thing there.

    `lean` is above 0 where image1 shows a thing and image2 ground, below 0 the other way.
    """

    box: Box
    vectors: tuple[Floats, Floats]
    lean: Callable[[], float]


def linked(
    regions: Sequence[DetectedRegion], vectors: Mapping[int, tuple[Floats, Floats]], lean: Callable[[int], float]
) -> list[DetectedRegion]:
    """The regions, those that one thing left and came to naming each other's boxes.

    `vectors` holds both unit vectors (D,) of a region and `lean` tells its `Seen.lean`, by its index.
    """
    kept = [index for index, region in enumerate(regions) if region.kept and index in vectors]
    seen = [Seen(regions[index].box, vectors[index], partial(lean, index)) for index in kept]
    found = list(regions)
    for left, came in moves(seen).items():
        i, j = kept[left], kept[came]
        found[i] = found[i].model_copy(update={"moved_to": regions[j].box})
        found[j] = found[j].model_copy(update={"moved_from": regions[i].box})
    return found


def moves(seen: Sequence[Seen]) -> dict[int, int]:
    """Index of the region that a thing left -> index of the one it came to; no place is left or reached twice."""
    if len(seen) < 2:
        return {}
    alike = np.stack([one.vectors[0] for one in seen]) @ np.stack([one.vectors[1] for one in seen]).T
    stayed = alike.diagonal()
    bar = np.maximum(_ALIKE, np.maximum.outer(stayed, stayed) + _CLEARLY)
    to, origin = alike.argmax(1), alike.argmax(0)
    mutual = [(i, int(j)) for i, j in enumerate(to) if origin[j] == i and alike[i, j] > bar[i, j]]
    return {i: j for i, j in mutual if _one_size(seen[i].box, seen[j].box) and _is_thing(seen[i], seen[j])}


def _is_thing(left: Seen, came: Seen) -> bool:
    return left.lean() - came.lean() > _THING


def _one_size(one: Box, two: Box) -> bool:
    areas = area(one) / area(two)
    aspects = _aspect(one) / _aspect(two)
    return max(areas, 1 / areas) <= _AREAS and max(aspects, 1 / aspects) <= _ASPECTS


def _aspect(box: Box) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])
