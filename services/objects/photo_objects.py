"""The objects of a photo: one that a request marks, and those that the detector finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import ndimage

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Box
from imgdiff.requests.places import SAME_PLACE
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.masks import bounds
from services.networks.detector import DetectedObject
from services.objects.labels import label_of, without_article
from services.objects.marked_object import MarkedObject

UNNAMED = "object"
"""The label of a marked object that neither the request nor the detector names."""
_GAPS = 0.03  # share of an outline that its gaps have at least; chosen, not measured
_SAME_OBJECT = 0.7  # IoU of two boxes of one object whatever its labels are; chosen, not measured


@dataclass(frozen=True)
class PhotoObject:
    """An object of a photo; `score` is the detector's, 0..1, or 1 for a marked one.

    `detected` is the box in which the detector sees the label; null where it does not, or does not know it.
    """

    label: str
    score: float
    box: Box
    detected: Box | None
    marked: bool = False

    @property
    def seen(self) -> bool:
        """Whether the detector sees the object, so that it would miss it."""
        return self.detected is not None


class ObjectFinder(Protocol):
    """What finds and outlines objects in an image (H x W x 3)."""

    @property
    def labels(self) -> Sequence[str]:
        """The names of all classes."""

    def detect(self, image: RGB) -> Sequence[DetectedObject]:
        """Every object, highest score first."""

    def mask(self, image: RGB, box: Box) -> Flags:
        """The pixels of the object in a box, H x W."""


class PhotoObjects:
    """All objects of a photo and their outlines, by their index in `items`; a marked one is the first."""

    def __init__(self, image: RGB, finder: ObjectFinder, marked: MarkedObject | None = None) -> None:
        self.image, self.finder, self.marked = image, finder, marked
        self._masks: dict[int, tuple[Box, Flags]] = {}  # cut to their boxes: whole ones would take gigabytes

    @property
    def marked_label(self) -> str | None:
        """The label of a marked object, known without a look at the photo; None where none is marked or named."""
        noun = self.marked.noun if self.marked is not None else None
        return (label_of(noun, self.finder.labels) or without_article(noun)) if noun else None

    @cached_property
    def items(self) -> tuple[PhotoObject, ...]:
        """The marked object, then the others, highest score first."""
        found = self.finder.detect(self.image)
        if self.marked is None:
            return tuple(_convert(item) for item in found)
        label = label_of(self.marked.noun, self.finder.labels) if self.marked.noun else None
        same = [item for item in found if _is_same(item, self.marked.box, label)]
        named = self.marked_label or (same[0].label if same else UNNAMED)
        detected = next((item.box for item in same if item.label == named), None)
        first = PhotoObject(named, 1.0, self.marked.box, detected, marked=True)
        return first, *(_convert(item) for item in found if item not in same)

    def is_outlined(self, index: int) -> bool:
        """Whether the request gives the object's outline."""
        return self.items[index].marked and self.marked is not None and self.marked.mask is not None

    def mask(self, index: int) -> Flags:
        """The object's pixels, H x W of the photo."""
        if index not in self._masks:
            given = self.marked.mask if self.marked is not None and self.is_outlined(index) else None
            whole = self.finder.mask(self.image, self.items[index].box) if given is None else given
            box = bounds(whole)
            self._masks[index] = box, whole[window(box)].copy()
        box, inside = self._masks[index]
        mask = np.zeros(self.image.shape[:2], np.bool_)
        mask[window(box)] = inside
        return mask

    def has_gaps(self, index: int) -> bool:
        """Whether the object's outline leaves out what is seen through it."""
        mask = self.mask(index)
        return bool(ndimage.binary_fill_holes(mask).sum() > (1 + _GAPS) * mask.sum())

    def union(self, indices: Sequence[int]) -> Flags:
        """The pixels of several objects."""
        return np.asarray(np.logical_or.reduce([self.mask(index) for index in indices]))


def _convert(item: DetectedObject) -> PhotoObject:
    return PhotoObject(item.label, item.score, item.box, item.box)


def _is_same(item: DetectedObject, box: Box, label: str | None) -> bool:
    overlap = iou(item.box, box)
    return overlap >= _SAME_OBJECT or (overlap >= SAME_PLACE and (label is None or item.label == label))
