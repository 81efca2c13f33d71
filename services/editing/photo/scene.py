"""One photo and all that is found out about it, each thing once."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from imgdiff.boxes import area, intersection, iou
from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from services.editing.photo.vision import Sight
from services.editing.removal.inpainting import Inpainter
from services.editing.removal.object_removal import Emptied, emptied
from services.english.things import thing
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds, fill_superellipse, grow_mask
from services.imaging.resizing import resize
from services.networks.detector import DetectedObject

_FITS = 0.75
_HELD = 0.75  # of an object's box in another's: it is a part of it, or lies in it, as a tap in a sink
_CARRIED, _SMALL = 0.4, 0.15  # of a small thing's box, and beside the target's: a glove at a hand
_RIM, _TOUCHING = 3, 2  # pixels: how wide the rim of an object is, and how near to it another one is beside it
_OUTLINED, _SAFE = 3, 3
_HALO = 0.07  # of the object's size, twice below it: its soft edge and the shadow at its foot


class Scene:
    """Objects, masks and emptied places of one photo; objects are named by their number."""

    def __init__(
        self, image: RGB, sight: Sight, thresholds: Mapping[str, float], inpainter: Inpainter | None = None
    ) -> None:
        self.image = image
        self.sight = sight
        self.thresholds = thresholds
        self._inpainter = inpainter
        self._masks: dict[int, tuple[Box, Flags]] = {}  # of whole photos they would take gigabytes
        self._emptied: dict[int, tuple[Emptied, ...]] = {}
        self._stabilities: dict[int, float] = {}
        self._alone: dict[int, float] = {}
        self._contacts: dict[int, float] = {}

    @cached_property
    def objects(self) -> tuple[DetectedObject, ...]:
        """What the photo shows, surest first."""
        return tuple(self.sight.objects(self.image))

    @cached_property
    def tokens(self) -> Floats:
        """Patch tokens of the photo."""
        return self.sight.tokens(self.image)

    @cached_property
    def lightness(self) -> float:
        """Mean of the photo, 0..100."""
        return float(to_lab(resize(self.image, 32, 32))[..., 0].mean())

    def targets(self, label: str | None) -> list[int]:
        """Objects of that label; without one, those that can be edited without taking others along.

        Those whose boxes are too small already are left out, unless there is nothing else.
        """
        if label is not None:
            found = [number for number, item in enumerate(self.objects) if item.label == label]
        else:
            found = [
                number
                for number, item in enumerate(self.objects)
                if not thing(item.label).support and not self._holds_others(number)
            ]
        smallest = self.thresholds["edit.too_small"] * self.image.shape[0] * self.image.shape[1]
        return [number for number in found if area(self.objects[number].box) >= smallest] or found

    def _holds_others(self, number: int) -> bool:
        box = self.objects[number].box
        others = (item.box for other, item in enumerate(self.objects) if other != number)
        return any(intersection(box, other) > 0.8 * area(other) and area(other) < 0.5 * area(box) for other in others)

    def others(self, number: int | None) -> list[Box]:
        """Boxes of every other object, the things that objects stand on left out."""
        return [
            item.box for other, item in enumerate(self.objects) if other != number and not thing(item.label).support
        ]

    def ease(self, number: int) -> float:
        """How much easier the object's place is covered than that of an object that fills the photo."""
        share = area(self.objects[number].box) / float(self.image.shape[0] * self.image.shape[1])
        return 1 / (0.02 + share)

    def mask(self, number: int) -> Flags:
        """The object's pixels."""
        if number not in self._masks:
            whole = self.sight.mask(self.image, self.objects[number].box)
            box = bounds(whole)
            self._masks[number] = box, whole[window(box)].copy()
        box, inside = self._masks[number]
        mask = np.zeros(self.image.shape[:2], np.bool_)
        mask[window(box)] = inside
        return mask

    def unsuitable(self, number: int) -> Reason | None:
        """Why the object is too small or too large to be edited, or not known to be one."""
        too_large = self._above("edit.too_large", float(self.mask(number).mean()))
        return too_large or self.too_small(number) or self._joined(number)

    def _joined(self, number: int) -> Reason | None:
        """Why the object may be a part of one that was detected as several, or half behind another of its label."""
        if number not in self._contacts:
            self._contacts[number] = max((self._contact(number, other) for other in self._alike(number)), default=0.0)
        return self._above("edit.joined", self._contacts[number])

    def _alike(self, number: int) -> list[int]:
        """Others of its label whose boxes overlap its own."""
        item = self.objects[number]
        return [
            other
            for other, one in enumerate(self.objects)
            if other != number and one.label == item.label and intersection(one.box, item.box)
        ]

    def _contact(self, number: int, other: int) -> float:
        """Share of the object's outline along which the other one lies."""
        near = window(grow(self.objects[number].box, 8, self.image.shape, share=0.1))
        mask, beside = self.mask(number)[near], self.mask(other)[near]
        rim = grow_mask(mask, _RIM) & ~mask
        return float((rim & grow_mask(beside, _TOUCHING)).sum() / max(1, rim.sum()))

    def image_too_small(self) -> Reason | None:
        """Why nothing in the photo can be edited so that it shows."""
        side, smallest = min(self.image.shape[:2]), self.thresholds["edit.image_too_small"]
        return Reason(code="edit.image_too_small", value=side, threshold=smallest) if side < smallest else None

    def too_small(self, number: int) -> Reason | None:
        """Why the object is too small to be edited or given to another photo."""
        return self._below("edit.too_small", float(self.mask(number).mean()))

    def unclear(self, number: int) -> Reason | None:
        """Why the object's pixels are not known well enough to be cut out or painted.

        Detected boxes are tight, so an outline that does not reach them has lost a part, or taken in what is around;
        that of a thing with others on it or in it takes these for a part of it. One that moves with the bias of what
        draws it follows no edge that is there.
        """
        item = self.objects[number]
        mixed = thing(item.label).see_through or thing(item.label).support or self._holds_others(number)
        fit = 0.0 if mixed else iou(bounds(self.mask(number)), item.box)
        if fit < _FITS:
            return Reason(code="edit.no_outline", value=round(fit, 4), threshold=_FITS)
        if number not in self._stabilities:
            self._stabilities[number] = self.sight.stability(self.image, item.box)
        return self._below("edit.unsure_outline", self._stabilities[number])

    def unrecognised(self, number: int) -> Reason | None:
        """Why the object would not be taken for what it is without its surroundings, as a part of one is not."""
        if number not in self._alone:
            self._alone[number] = self.sight.alone(self.image, self.mask(number), self.objects[number].label)
        return self._below("edit.not_recognised", self._alone[number])

    def _below(self, code: str, value: float) -> Reason | None:
        least = self.thresholds[code]
        return Reason(code=code, value=round(value, 4), threshold=least) if value < least else None

    def _above(self, code: str, value: float) -> Reason | None:
        most = self.thresholds[code]
        return Reason(code=code, value=round(value, 4), threshold=most) if value > most else None

    def emptied(self, target: int) -> Emptied:
        """The photo without the object, as well as that can be done."""
        return self.fillings(target)[0]

    def fillings(self, target: int) -> tuple[Emptied, ...]:
        """Several ways of covering the object's place, at least one, the least strange first."""
        if target not in self._emptied:
            beside, avoid = self._others_around(target)
            holes = self._holes(target, beside, avoid)
            self._emptied[target] = emptied(
                self.image,
                holes,
                avoid & ~np.logical_or.reduce(holes),
                self.sight,
                self._inpainter,
                self.thresholds["edit.strange"],
            )
        return self._emptied[target]

    def _others_around(self, target: int) -> tuple[Flags, Flags]:
        """Pixels of the nearest few other objects, which stay as they are, and what nothing should be copied from.

        What lies in the target's box goes with it; what holds the target continues behind it.
        """
        beside, avoid = (np.zeros(self.image.shape[:2], np.bool_) for _ in range(2))
        box, mask = self.objects[target].box, self.mask(target)
        near = grow(box, 8, self.image.shape, share=0.2)
        outlined = 0
        for other, item in enumerate(self.objects):
            shared = intersection(item.box, box)
            if other == target or thing(item.label).support or shared > _HELD * min(area(box), area(item.box)):
                continue
            if shared > _CARRIED * area(item.box) and area(item.box) < _SMALL * area(box):
                continue
            if intersection(item.box, near) and outlined < _OUTLINED:
                outline = self.mask(other)
                beside |= outline if outline.sum() < mask.sum() else outline & ~mask
                outlined += 1
            else:
                avoid[window(item.box)] = True
        return beside, (avoid & ~mask) | grow_mask(beside, _SAFE)

    def _holes(self, target: int, beside: Flags, avoid: Flags) -> tuple[Flags, ...]:
        """What to fill: the object with a halo, or, if its mask lost a part, all of its box that is no other's."""
        mask, box = self.mask(target) & ~beside, self.objects[target].box
        mask = mask if mask.any() else self.mask(target)
        halo = max(4, round(_HALO * area(bounds(mask)) ** 0.5))
        roomy = fill_superellipse(box, mask.shape) & ~avoid
        holes = (grow_mask(hole | _lowered(hole, halo), halo) for hole in (mask, mask | roomy))
        return tuple(hole & ~beside if (hole & ~beside).any() else hole for hole in holes)


def _lowered(mask: Flags, rows: int) -> Flags:
    """The mask that many rows further down."""
    result = np.zeros_like(mask)
    result[rows:] = mask[:-rows]
    return result
