"""Things that moved: image1 shows at one region what image2 shows at another, and neither place shows it twice.

That is also true of two patches of one ground, so the pixels must show a thing that left ground behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from imgdiff.boxes import area
from imgdiff.records import Box
from imgdiff.stages import DetectedRegion
from services.detection.limits import MOVED_AREAS, MOVED_ASPECTS, MOVED_COSINE, MOVED_FIGURE, MOVED_MARGIN
from services.imaging.arrays import Floats


@dataclass(frozen=True)
class Place:
    """A kept region and its crops' unit vectors (D,) of image1 and image2.

    `figure` measures which image shows a thing there: above 0 image1, below 0 image2.
    """

    box: Box
    vectors: tuple[Floats, Floats]
    figure: Callable[[], float]


def link_moved(
    regions: Sequence[DetectedRegion], vectors: Mapping[int, tuple[Floats, Floats]], figure: Callable[[int], float]
) -> list[DetectedRegion]:
    """Let the two regions between which a thing moved name each other's boxes.

    `vectors` and `figure` give a region's `Place.vectors` and `Place.figure` by its index.
    """
    kept = [index for index, region in enumerate(regions) if region.kept and index in vectors]
    places = [Place(regions[index].place, vectors[index], partial(figure, index)) for index in kept]
    linked = list(regions)
    for left, reached in find_moves(places).items():
        i, j = kept[left], kept[reached]
        linked[i] = linked[i].model_copy(update={"moved_to": regions[j].box})
        linked[j] = linked[j].model_copy(update={"moved_from": regions[i].box})
    return linked


def find_moves(places: Sequence[Place]) -> dict[int, int]:
    """Index of the place that a thing left to the index of the one it reached; no place is left or reached twice."""
    if len(places) < 2:
        return {}
    cosines = np.stack([place.vectors[0] for place in places]) @ np.stack([place.vectors[1] for place in places]).T
    stayed = cosines.diagonal()
    least = np.maximum(MOVED_COSINE, np.maximum.outer(stayed, stayed) + MOVED_MARGIN)
    to, origin = cosines.argmax(1), cosines.argmax(0)
    mutual = [(i, int(j)) for i, j in enumerate(to) if origin[j] == i and cosines[i, j] > least[i, j]]
    return {i: j for i, j in mutual if _have_one_size(places[i].box, places[j].box) and _left(places[i], places[j])}


def _left(origin: Place, target: Place) -> bool:
    """Whether a thing left its origin, and no ground looks like another."""
    return origin.figure() - target.figure() > MOVED_FIGURE


def _have_one_size(one: Box, two: Box) -> bool:
    areas = area(one) / area(two)
    aspects = _aspect(one) / _aspect(two)
    return max(areas, 1 / areas) <= MOVED_AREAS and max(aspects, 1 / aspects) <= MOVED_ASPECTS


def _aspect(box: Box) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])
