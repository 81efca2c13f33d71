"""One photo and everything found out about it, computed on first use."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from imgdiff.boxes import area, intersection, iou
from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from imgdiff.rules.reasons import BY_CODE
from services.editing.limits import LEAST_OUTLINE_FIT
from services.editing.photo.labels import label_of
from services.editing.removal.filling import Filling
from services.english.things import thing
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds, fill_superellipse, grow_mask
from services.imaging.resizing import resize
from services.networks.detector import DetectedObject

Remove = Callable[[RGB, Sequence[Flags], Flags, float], tuple[Filling, ...]]
"""Fills one of the holes (likeliest first) without copying from other objects; see `ObjectRemover`."""

# Shares of boxes and pixels around them; chosen, not measured.
_CONTAINED, _CONTAINER = 0.8, 0.5  # an object is in another's box, and less than half as large
_HELD = 0.75  # of an object's box in another's: a part of it or inside it, such as a tap in a sink
_CARRIED, _SMALL = 0.4, 0.15  # of a small thing's box in the target's, and its size beside it, such as a glove
_NEAR_MARGIN = 0.2, 8  # share of a box and pixels: other objects there keep their outlines
_CONTACT_MARGIN = 0.1, 8  # share of a box and pixels: contacts are there
_RIM, _TOUCHING = 3, 2  # pixels: width of an object's rim, and the distance at which another object touches it
_MOST_OUTLINED = 3  # other objects whose outlines are drawn
_SAFE = 3  # pixels around these from which nothing is copied
_HALO = 0.07  # of the object's size, at least 4 pixels: its soft edge; twice that below it, for the shadow at its foot
_EASY = 0.02  # share of the photo, added to an object's so that the smallest do not always win


class Detector(Protocol):
    """Scores whether things are in an image (H x W x 3), 0..1."""

    @property
    def labels(self) -> Sequence[str]:
        """The names of all classes."""

    def score_at(self, image: RGB, label: str, box: Box) -> float:
        """The best score of the label at the box; 0 when it is not found there."""

    def score_inside(self, image: RGB, label: str, box: Box) -> float:
        """The best score of the label that overlaps the box; 0 when nothing of it is left."""


class Vision(Detector, Protocol):
    """What an edit needs to see. Images are H x W x 3, masks H x W of the whole image, scores 0..1."""

    def detect(self, image: RGB) -> Sequence[DetectedObject]:
        """Every object, highest score first."""

    def mask(self, image: RGB, box: Box) -> Flags:
        """The pixels of the object in a box."""

    def outline_stability(self, image: RGB, box: Box) -> float:
        """How little the object's outline depends on the threshold that draws it."""

    def score_alone(self, image: RGB, mask: Flags, label: str) -> float:
        """The least score of the label with nothing else in view: on grey, and on its blurred surroundings."""

    def tokens(self, image: RGB) -> Floats:
        """Patch tokens of the whole image, blocks x rows x columns x d."""

    def anomaly_score(self, image: RGB, hole: Flags) -> float:
        """How much less a filled hole is like its surroundings than they are like themselves; 0 is as alike."""


class Scene:
    """Objects, masks and fillings of one photo; objects are identified by their index in `objects`."""

    def __init__(self, image: RGB, vision: Vision, thresholds: Mapping[str, float], remove: Remove) -> None:
        self.image = image
        self.vision = vision
        self.thresholds = thresholds
        self._remove = remove
        self._masks: dict[int, tuple[Box, Flags]] = {}  # cut to their boxes: whole ones would take gigabytes
        self._fillings: dict[int, tuple[Filling, ...]] = {}
        self._stabilities: dict[int, float] = {}
        self._scores_alone: dict[int, float] = {}
        self._contacts: dict[int, float] = {}

    @cached_property
    def objects(self) -> tuple[DetectedObject, ...]:
        """The photo's objects, highest score first."""
        return tuple(self.vision.detect(self.image))

    @cached_property
    def tokens(self) -> Floats:
        """Patch tokens of the photo."""
        return self.vision.tokens(self.image)

    @cached_property
    def lightness(self) -> float:
        """Mean CIELAB lightness of the photo, 0..100."""
        return float(to_lab(resize(self.image, 32, 32))[..., 0].mean())

    def find(self, noun: str | None) -> list[int]:
        """The objects that a noun means, or all without one; none where the detector has no label for it."""
        if noun is None:
            return self.targets(None)
        label = label_of(noun, self.vision.labels)
        return [] if label is None else self.targets(label)

    def targets(self, label: str | None) -> list[int]:
        """Objects of a label; without one, all that can be edited without other objects on them or in them.

        Those with too small boxes are left out, unless there is nothing else.
        """
        if label is not None:
            found = [index for index, item in enumerate(self.objects) if item.label == label]
        else:
            alone = (index for index, item in enumerate(self.objects) if not thing(item.label).support)
            found = [index for index in alone if not self._contains_others(index)]
        smallest = self.thresholds["edit.too_small"] * self.image.shape[0] * self.image.shape[1]
        return [index for index in found if area(self.objects[index].box) >= smallest] or found

    def _contains_others(self, index: int) -> bool:
        box = self.objects[index].box
        others = (item.box for other, item in enumerate(self.objects) if other != index)
        return any(
            intersection(box, other) > _CONTAINED * area(other) and area(other) < _CONTAINER * area(box)
            for other in others
        )

    def boxes_except(self, index: int | None) -> list[Box]:
        """Boxes of every other object, without those that support objects."""
        others = (item for other, item in enumerate(self.objects) if other != index)
        return [item.box for item in others if not thing(item.label).support]

    def ease(self, index: int) -> float:
        """How easy it is to fill the object's place: the higher, the smaller it is."""
        share = area(self.objects[index].box) / float(self.image.shape[0] * self.image.shape[1])
        return 1 / (_EASY + share)

    def mask(self, index: int) -> Flags:
        """The object's pixels, H x W of the photo."""
        if index not in self._masks:
            whole = self.vision.mask(self.image, self.objects[index].box)
            box = bounds(whole)
            self._masks[index] = box, whole[window(box)].copy()
        box, inside = self._masks[index]
        mask = np.zeros(self.image.shape[:2], np.bool_)
        mask[window(box)] = inside
        return mask

    def image_too_small(self) -> Reason | None:
        """Why no edit of this photo would be visible."""
        return self.gate("edit.image_too_small", min(self.image.shape[:2]))

    def unsuitable(self, index: int) -> Reason | None:
        """Why the object is too small or too large for an edit, or may be only a part of one."""
        too_large = self.gate("edit.too_large", float(self.mask(index).mean()))
        return too_large or self.too_small(index) or self._joined(index)

    def too_small(self, index: int) -> Reason | None:
        """Why the object is too small for an edit or for another photo."""
        return self.gate("edit.too_small", float(self.mask(index).mean()))

    def _joined(self, index: int) -> Reason | None:
        """Why the object may be a part of one that was detected as several, or half behind another of its label."""
        if index not in self._contacts:
            contacts = (self._contact(index, other) for other in self._overlapping_of_label(index))
            self._contacts[index] = max(contacts, default=0.0)
        return self.gate("edit.joined", self._contacts[index])

    def _overlapping_of_label(self, index: int) -> list[int]:
        item = self.objects[index]
        return [
            other
            for other, candidate in enumerate(self.objects)
            if other != index and candidate.label == item.label and intersection(candidate.box, item.box)
        ]

    def _contact(self, index: int, other: int) -> float:
        """Share of the object's outline that the other object touches."""
        share, pixels = _CONTACT_MARGIN
        near = window(grow(self.objects[index].box, pixels, self.image.shape, share=share))
        mask, beside = self.mask(index)[near], self.mask(other)[near]
        rim = grow_mask(mask, _RIM) & ~mask
        return float((rim & grow_mask(beside, _TOUCHING)).sum() / max(1, rim.sum()))

    def unclear(self, index: int) -> Reason | None:
        """Why the object's outline is too uncertain to cut it out or to paint it.

        Detected boxes are tight, so an outline that does not reach the box has lost a part or taken in surroundings;
        an outline of something with other objects on it takes in these. One that moves with the bias follows no edge.
        """
        item = self.objects[index]
        row = thing(item.label)
        mixed = row.see_through or row.support or self._contains_others(index)
        fit = 0.0 if mixed else iou(bounds(self.mask(index)), item.box)
        if fit < LEAST_OUTLINE_FIT:
            return Reason(code="edit.no_outline", value=round(fit, 4), threshold=LEAST_OUTLINE_FIT)
        if index not in self._stabilities:
            self._stabilities[index] = self.vision.outline_stability(self.image, item.box)
        return self.gate("edit.unsure_outline", self._stabilities[index])

    def unrecognised(self, index: int) -> Reason | None:
        """Why the object would not be recognised without its surroundings, as a part of one would not."""
        if index not in self._scores_alone:
            label = self.objects[index].label
            self._scores_alone[index] = self.vision.score_alone(self.image, self.mask(index), label)
        return self.gate("edit.not_recognised", self._scores_alone[index])

    def gate(self, code: str, value: float) -> Reason | None:
        """The reason of a gate that fires at this value."""
        limit = self.thresholds[code]
        fires = value < limit if BY_CODE[code].drops_when == "below" else value > limit
        return Reason(code=code, value=round(value, 4), threshold=limit) if fires else None

    def fillings(self, index: int) -> tuple[Filling, ...]:
        """The photo without the object: at least one filling of its place, the least conspicuous first."""
        if index not in self._fillings:
            beside, avoid = self._surrounding_objects(index)
            holes = self._holes(index, beside, avoid)
            elsewhere = avoid & ~np.logical_or.reduce(holes)
            self._fillings[index] = self._remove(self.image, holes, elsewhere, self.thresholds["edit.strange"])
        return self._fillings[index]

    def _surrounding_objects(self, index: int) -> tuple[Flags, Flags]:
        """Pixels of the nearest other objects, which stay as they are, and pixels that nothing is copied from.

        What is inside the target's box goes with it; what contains the target continues behind it.
        """
        beside, avoid = (np.zeros(self.image.shape[:2], np.bool_) for _ in range(2))
        box, mask = self.objects[index].box, self.mask(index)
        near = grow(box, _NEAR_MARGIN[1], self.image.shape, share=_NEAR_MARGIN[0])
        outlined = 0
        for other, item in enumerate(self.objects):
            shared = intersection(item.box, box)
            if other == index or thing(item.label).support or shared > _HELD * min(area(box), area(item.box)):
                continue
            if shared > _CARRIED * area(item.box) and area(item.box) < _SMALL * area(box):
                continue
            if intersection(item.box, near) and outlined < _MOST_OUTLINED:
                outline = self.mask(other)
                beside |= outline if outline.sum() < mask.sum() else outline & ~mask
                outlined += 1
            else:
                avoid[window(item.box)] = True
        return beside, (avoid & ~mask) | grow_mask(beside, _SAFE)

    def _holes(self, index: int, beside: Flags, avoid: Flags) -> tuple[Flags, ...]:
        """What to fill: the object with a halo; or, in case its mask lost a part, its whole box but for others."""
        mask, box = self.mask(index) & ~beside, self.objects[index].box
        mask = mask if mask.any() else self.mask(index)
        halo = max(4, round(_HALO * area(bounds(mask)) ** 0.5))
        roomy = fill_superellipse(box, mask.shape) & ~avoid
        holes = (grow_mask(hole | _lower(hole, halo), halo) for hole in (mask, mask | roomy))
        return tuple(hole & ~beside if (hole & ~beside).any() else hole for hole in holes)


def _lower(mask: Flags, rows: int) -> Flags:
    """The mask, that many rows further down."""
    result = np.zeros_like(mask)
    result[rows:] = mask[:-rows]
    return result
