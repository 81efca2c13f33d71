"""The witness of the embedded path: detector, classifier and pixels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.observation.kinds import bears_out
from services.captioning.observation.naming import LIKELY, Naming
from services.captioning.verification.places import words_of_place
from services.captioning.verification.views import Sight
from services.captioning.verification.witness import ImageNumber
from services.networks.labels import coco_labels

Shares = Callable[[RGB, NDArray[np.bool_]], Mapping[str, float]]
"""Share of each basic colour term among the pixels of a crop that are set."""

_FITS = 0.4  # IoU at which an object gives the box its name
_CERTAIN = 0.65  # probability at which the class of a crop is its name
_COUNTED = 6  # more objects than this are too many to be counted surely


@dataclass(frozen=True)
class Region:
    """What detection and captioning know of one region; `changed` has the size of the box, null for all of it.

    `namings` are of the thing that each image shows there; null where it was not looked at.
    """

    box: Box
    changed: NDArray[np.bool_] | None = None
    moved_to: Box | None = None
    changes: frozenset[Change] = frozenset()
    namings: tuple[Naming | None, Naming | None] = (None, None)


class EmbeddedWitness:
    """Answers from two images in one frame. Both sights serve every region of a pair."""

    def __init__(self, sights: tuple[Sight, Sight], region: Region, shares: Shares) -> None:
        self._sights = sights
        self._region = region
        self._shares = shares
        self._colours: dict[ImageNumber, Mapping[str, float]] = {}

    def shows(self, image: ImageNumber, noun: str) -> bool:
        """Whether the thing is likely of that kind; where it was not looked at, whether an object or the crop is."""
        naming = self._region.namings[image - 1]
        if naming is not None:
            return naming.supports(noun) >= LIKELY
        return any(self._sights[image - 1].inside(box, noun) for box in self._boxes(image))

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """Whether such an object reaches out of the box."""
        return self._sights[image - 1].outside(self._region.box, noun)

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        """The shares in the changed pixels; where the thing came to, those of that whole box."""
        if image not in self._colours:
            box = self._boxes(image)[-1]
            x1, y1, x2, y2 = box
            crop = self._sights[image - 1].image[y1:y2, x1:x2]
            changed = self._region.changed if box == self._region.box else None
            inside = np.ones(crop.shape[:2], bool) if changed is None else changed
            self._colours[image] = self._shares(crop, inside) if inside.any() else {}
        return self._colours[image]

    def count(self, image: ImageNumber, noun: str) -> int | None:
        """How many such objects the box holds; null for what the detector cannot find, and for many or none."""
        if not any(bears_out(label, noun) for label in coco_labels()):
            return None
        found = [
            one.box for one in self._sights[image - 1].objects(self._region.box)
            if bears_out(one.label, noun) and _centred(one.box, self._region.box)
        ]  # fmt: skip
        single = [box for place, box in enumerate(found) if all(iou(box, one) < _FITS for one in found[:place])]
        return len(single) if 0 < len(single) <= _COUNTED else None

    def places(self) -> frozenset[str]:
        """Words that are true of where the box lies."""
        return self._place_of(self._region.box)

    def destination(self) -> frozenset[str] | None:
        """Words that are true of where the thing moved to."""
        return None if self._region.moved_to is None else self._place_of(self._region.moved_to)

    def changes(self) -> frozenset[Change]:
        """The kinds of change that the findings allow."""
        return self._region.changes

    def name(self, image: ImageNumber) -> str | None:
        """The best object that fits the box, or the class of the crop where that is nearly certain."""
        naming = self._region.namings[image - 1]
        if naming is not None:
            known = naming.name()
            return None if known is None else known.label
        sight, box = self._sights[image - 1], self._boxes(image)[-1]
        fitting = [one.label for one in sight.objects(box) if iou(one.box, box) > _FITS]
        best = sight.best_class(box)
        certain = best[0] if best is not None and best[1] >= _CERTAIN else None
        return fitting[0] if fitting else certain

    def _boxes(self, image: ImageNumber) -> list[Box]:
        """Where the region is in that image: in image2 also where its thing moved to."""
        moved = self._region.moved_to
        return [self._region.box] if image == 1 or moved is None else [self._region.box, moved]

    def _place_of(self, box: Box) -> frozenset[str]:
        height, width = self._sights[0].image.shape[:2]
        return words_of_place(box, width, height)


def _centred(thing: Box, box: Box) -> bool:
    """Whether a thing's centre lies in the box."""
    x, y = (thing[0] + thing[2]) / 2, (thing[1] + thing[3]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]
