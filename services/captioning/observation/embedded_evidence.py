"""The evidence source of the embedded path: detector, classifier and pixels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from imgdiff.boxes import iou
from imgdiff.evidence import ImageNumber
from imgdiff.records import Box, Change
from services.captioning.limits import CENTRE, LIKELY_NAME, MOST_COUNTED, OFF_MIDDLE, SAME_OBJECT_IOU
from services.captioning.observation.colours import colour_shares
from services.captioning.observation.naming import Naming
from services.captioning.observation.sentences import ELLIPSIS, TEXT
from services.captioning.observation.views import ImageView
from services.english.kinds import may_be_called
from services.imaging.arrays import Flags
from services.imaging.boxes import crop
from services.networks.labels import coco_labels


@dataclass(frozen=True)
class Region:
    """What detection and inspection found at one region. `changed` are flags of the box's size, null for all of it.

    `namings` are of the things that the two images show there, null where an image was not inspected; `texts` are what
    they read there.
    """

    box: Box
    changed: Flags | None = None
    moved_to: Box | None = None
    changes: frozenset[Change] = frozenset()
    namings: tuple[Naming | None, Naming | None] = (None, None)
    texts: tuple[str | None, str | None] = (None, None)


class EmbeddedEvidence:
    """See `EvidenceSource`. Both views are in image1's frame and serve every region of a pair."""

    def __init__(self, views: tuple[ImageView, ImageView], region: Region) -> None:
        self._views = views
        self._region = region
        self._colours: dict[ImageNumber, Mapping[str, float]] = {}

    def shows(self, image: ImageNumber, noun: str) -> bool:
        """By the thing's naming; where the image was not inspected, by its objects and the class of the crop."""
        if noun == TEXT:
            return self._region.texts[image - 1] is not None
        naming = self._region.namings[image - 1]
        if naming is not None:
            return naming.supports(noun) >= LIKELY_NAME
        return any(self._views[image - 1].shows_inside(box, noun) for box in self._boxes(image))

    def support(self, image: ImageNumber, noun: str) -> float:
        """By the thing's naming; where the image was not inspected, by the detections and classes of the crop."""
        naming = self._region.namings[image - 1]
        return self._views[image - 1].support(self._region.box, noun) if naming is None else naming.supports(noun)

    def lacks(self, image: ImageNumber, noun: str) -> bool:
        """By the detections in the whole image and around the box, weak ones included."""
        return self._views[image - 1].lacks(self._region.box, noun)

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """By an object that reaches out of the box, or the class of the whole image."""
        return self._views[image - 1].shows_outside(self._region.box, noun)

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        """Of the changed pixels; where a thing came to, of that whole box."""
        if image not in self._colours:
            box = self._boxes(image)[-1]
            pixels = crop(self._views[image - 1].image, box)
            changed = self._region.changed if box == self._region.box else None
            inside = np.ones(pixels.shape[:2], bool) if changed is None else changed
            self._colours[image] = colour_shares(pixels, inside)
        return self._colours[image]

    def count(self, image: ImageNumber, noun: str) -> int | None:
        """By the detected objects; null for nouns of no class, for none and for too many."""
        if not any(may_be_called(label, noun) for label in coco_labels()):
            return None
        found = [
            one.box
            for one in self._views[image - 1].objects(self._region.box)
            if may_be_called(one.label, noun) and _is_centred(one.box, self._region.box)
        ]
        single = [box for at, box in enumerate(found) if all(iou(box, one) < SAME_OBJECT_IOU for one in found[:at])]
        return len(single) if 0 < len(single) <= MOST_COUNTED else None

    def places(self) -> frozenset[str]:
        """See `EvidenceSource`."""
        return self._words_of(self._region.box)

    def destination(self) -> frozenset[str] | None:
        """See `EvidenceSource`."""
        return None if self._region.moved_to is None else self._words_of(self._region.moved_to)

    def changes(self) -> frozenset[Change]:
        """The kind of change that the inspection found."""
        return self._region.changes

    def reads(self, image: ImageNumber, text: str) -> bool:
        """By what the text reader read there."""
        read = self._region.texts[image - 1]
        begins = text.removesuffix(ELLIPSIS)
        return read is not None and (read == text or (begins != text and read.startswith(begins)))

    def _boxes(self, image: ImageNumber) -> list[Box]:
        """Where the region is in that image: in image2 also where its thing moved to."""
        moved = self._region.moved_to
        return [self._region.box] if image == 1 or moved is None else [self._region.box, moved]

    def _words_of(self, box: Box) -> frozenset[str]:
        height, width = self._views[0].image.shape[:2]
        return place_words(box, width, height)


def place_words(box: Box, width: int, height: int) -> frozenset[str]:
    """Which of left, right, top, bottom and centre are true of a box; halves and centre overlap, as in common use."""
    across, down = (box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height
    true = {
        "left": across < 0.5 - OFF_MIDDLE,
        "right": across > 0.5 + OFF_MIDDLE,
        "top": down < 0.5 - OFF_MIDDLE,
        "bottom": down > 0.5 + OFF_MIDDLE,
        "centre": all(CENTRE[0] <= one <= CENTRE[1] for one in (across, down)),
    }
    return frozenset(word for word, holds in true.items() if holds) or frozenset({"centre"})


def _is_centred(thing: Box, box: Box) -> bool:
    """Whether the centre of a thing is in the box."""
    x, y = (thing[0] + thing[2]) / 2, (thing[1] + thing[3]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]
