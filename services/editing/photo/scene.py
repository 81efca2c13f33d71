"""One photo and everything found out about it, computed on first use."""

from collections.abc import Mapping
from functools import cached_property

from imgdiff.boxes import area, intersection, iou
from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from imgdiff.rules.reasons import BY_CODE
from services.editing.limits import LEAST_OUTLINE_FIT, MOST_STICKING_OUT, SAME_PLACE
from services.editing.photo.holes import list_holes
from services.editing.photo.protocols import Vision
from services.editing.removal.filling import Filling, Remove
from services.english.things import thing
from services.imaging.arrays import Flags, Floats
from services.imaging.colours import to_lab
from services.imaging.masks import bounds, grow_mask
from services.imaging.resizing import resize
from services.objects.contact import measure_contact
from services.objects.feet import ends_flat, is_foot_hidden
from services.objects.holding import find_held, find_holders, goes_along, strip_above
from services.objects.labels import label_of
from services.objects.marked_object import MarkedObject
from services.objects.photo_objects import PhotoObject, PhotoObjects

NO_OUTLINE = Reason(code="edit.no_outline", threshold=LEAST_OUTLINE_FIT)
HOLDS_ANOTHER = Reason(code="edit.holds_another")
HELD = Reason(code="edit.held")
CUT_OFF = Reason(code="edit.cut_off")
# Shares of boxes and pixels around them; chosen, not measured.
_CONTAINED, _CONTAINER = 0.8, 0.5  # an object is in another's box, and less than half as large
_SOFT_RIM = 3  # pixels around a cut-out's outline that may be half transparent; chosen, not measured
_EASY = 0.02  # share of the photo, added to an object's so that the smallest do not always win


class Scene:
    """Objects, masks and fillings of one photo; objects are identified by their index in `objects`."""

    def __init__(
        self,
        image: RGB,
        vision: Vision,
        thresholds: Mapping[str, float],
        remove: Remove,
        marked: MarkedObject | None = None,
    ) -> None:
        self.image = image
        self.vision = vision
        self.thresholds = thresholds
        self._remove = remove
        self._objects = PhotoObjects(image, vision, marked)
        self._fillings: dict[int, tuple[Filling, ...]] = {}
        self._stabilities: dict[int, float] = {}
        self._scores_alone: dict[int, float] = {}
        self._contacts: dict[int, float] = {}
        self._alike: dict[int, tuple[Box, ...]] = {}
        self._together: dict[int, tuple[int, ...] | Reason] = {}

    @property
    def objects(self) -> tuple[PhotoObject, ...]:
        """The photo's objects: the one that the request marks, then the others, highest score first."""
        return self._objects.items

    @cached_property
    def tokens(self) -> Floats:
        """Patch tokens of the photo."""
        return self.vision.tokens(self.image)

    @cached_property
    def lightness(self) -> float:
        """Mean CIELAB lightness of the photo, 0..100."""
        return float(to_lab(resize(self.image, 32, 32))[..., 0].mean())

    @property
    def is_marked(self) -> bool:
        """Whether the request marks an object of this photo."""
        return self._objects.marked is not None

    @property
    def marked_label(self) -> str | None:
        """The label of a marked object, known without a look at the photo; None where none is marked or named."""
        return self._objects.marked_label

    @cached_property
    def is_cut_out(self) -> bool:
        """Whether the marked object was cut out before: it fills the image, or all around it is white.

        Then the image tells neither where it stood nor how large it was there.
        """
        if not self.is_marked:
            return False
        around = self.image[~grow_mask(self.mask(0), _SOFT_RIM)]
        return self.objects[0].box == (0, 0, self.image.shape[1], self.image.shape[0]) or bool((around == 255).all())

    def find(self, noun: str | None) -> list[int]:
        """The marked object; else those that a noun means, or all without one."""
        if self.is_marked:
            return [0]
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

    def foot_in_other(self, index: int) -> bool:
        """Whether the lower edge of the object's box is inside that of another one that supports nothing."""
        box = self.objects[index].box
        middle, foot = (box[0] + box[2]) // 2, box[3]
        others = (item for other, item in enumerate(self.objects) if other != index and not thing(item.label).support)
        return any(one.box[0] <= middle < one.box[2] and one.box[1] <= foot < one.box[3] - 2 for one in others)

    def boxes_except(self, indices: tuple[int, ...]) -> list[Box]:
        """Boxes of every other object, without those that support objects."""
        others = (item for other, item in enumerate(self.objects) if other not in indices)
        return [item.box for item in others if not thing(item.label).support]

    def ease(self, index: int) -> float:
        """How easy it is to fill the object's place: the higher, the smaller it is."""
        share = area(self.objects[index].box) / float(self.image.shape[0] * self.image.shape[1])
        return 1 / (_EASY + share)

    def mask(self, index: int) -> Flags:
        """The object's pixels, H x W of the photo."""
        return self._objects.mask(index)

    def together(self, index: int) -> tuple[int, ...] | Reason:
        """The object and what goes with it, since it holds or carries that; or why it cannot go.

        It stays where it carries something larger, hides the foot of another thing, or is open with something unknown
        in it.
        """
        if index not in self._together:
            self._together[index] = self._find_together(index)
        return self._together[index]

    def _find_together(self, index: int) -> tuple[int, ...] | Reason:
        held = find_held(self._objects, index)
        if not all(goes_along(self.objects[holder], self.objects[other]) for other, holder in held.items()):
            return HOLDS_ANOTHER
        together = (index, *held)
        strip = strip_above(self._objects, index, self._objects.union(together))
        if strip is not None and (score := self.vision.anomaly_score(self.image, strip)) > MOST_STICKING_OUT:
            return HOLDS_ANOTHER.model_copy(update={"value": round(score, 4), "threshold": MOST_STICKING_OUT})
        return together

    def alike_beside(self, index: int) -> tuple[Box, ...]:
        """Boxes of what has the object's label and overlaps its box, but is another object."""
        if index not in self._alike:
            item = self.objects[index]
            found = self.vision.find_inside(self.image, item.label, item.box)
            self._alike[index] = tuple(other.box for other in found if iou(other.box, item.box) < SAME_PLACE)
        return self._alike[index]

    def pixels(self, indices: tuple[int, ...]) -> Flags:
        """The pixels of several objects."""
        return self._objects.union(indices)

    def held(self, index: int) -> Reason | None:
        """Why the object has no place of its own: another one holds it, carries it or hides its foot."""
        return HELD if find_holders(self._objects, index) else None

    def without_foot(self, index: int) -> Reason | None:
        """Why the object would hang in the air elsewhere: its foot is hidden, or a living thing is cut off above it."""
        if ends_flat(self.objects[index].label, self.mask(index)):
            return CUT_OFF
        together = self.together(index)
        gone = () if isinstance(together, Reason) else together
        return HELD if is_foot_hidden(self._objects, index, gone) else None

    def image_too_small(self) -> Reason | None:
        """Why no edit of this photo would be visible."""
        return self.gate("edit.image_too_small", min(self.image.shape[:2]))

    def unsuitable(self, index: int) -> Reason | None:
        """Why the object is too small or too large for an edit, or may be only a part of one."""
        too_large = self.gate("edit.too_large", float(self.mask(index).mean()))
        return too_large or self.too_small(index) or self._joined(index) or self._incomplete(index)

    def _incomplete(self, index: int) -> Reason | None:
        """Why a given outline may be only a part of the object: the detector sees more of it."""
        detected = self.objects[index].detected
        if not self._objects.is_outlined(index) or detected is None:
            return None
        covered = intersection(bounds(self.mask(index)), detected) / area(detected)
        too_little = covered < LEAST_OUTLINE_FIT
        return NO_OUTLINE.model_copy(update={"value": round(covered, 4)}) if too_little else None

    def too_small(self, index: int) -> Reason | None:
        """Why the object is too small for an edit or for another photo."""
        return self.gate("edit.too_small", float(self.mask(index).mean()))

    def _joined(self, index: int) -> Reason | None:
        """Why the object may be a part of one that was detected as several, or half behind another of its label."""
        if self.objects[index].marked:
            return None
        if index not in self._contacts:
            contacts = (measure_contact(self._objects, index, (other,)) for other in self._overlapping_of_label(index))
            self._contacts[index] = max(contacts, default=0.0)
        return self.gate("edit.joined", self._contacts[index])

    def _overlapping_of_label(self, index: int) -> list[int]:
        item = self.objects[index]
        return [
            other
            for other, candidate in enumerate(self.objects)
            if other != index and candidate.label == item.label and intersection(candidate.box, item.box)
        ]

    def unclear(self, index: int) -> Reason | None:
        """Why the object's outline is too uncertain to cut it out or to paint it; one that is given is certain.

        But one without gaps takes in the background of what is seen through.

        Detected boxes are tight, so an outline that does not reach the box has lost a part or taken in surroundings;
        an outline of something with other objects on it takes in these. One that moves with the bias follows no edge.
        """
        item = self.objects[index]
        row = thing(item.label)
        if self._objects.is_outlined(index):
            filled = row.see_through and not self._objects.has_gaps(index)
            return NO_OUTLINE.model_copy(update={"value": 0.0}) if filled else None
        mixed = row.see_through or row.support or self._contains_others(index)
        fit = 0.0 if mixed else iou(bounds(self.mask(index)), item.box)
        if fit < LEAST_OUTLINE_FIT:
            return NO_OUTLINE.model_copy(update={"value": round(fit, 4)})
        if index not in self._stabilities:
            self._stabilities[index] = self.vision.outline_stability(self.image, item.box)
        return self.gate("edit.unsure_outline", self._stabilities[index])

    def unrecognised(self, index: int) -> Reason | None:
        """Why the object would not be recognised without its surroundings, as a part of one would not.

        A given outline that is as large as what the detector sees is whole.
        """
        item = self.objects[index]
        whole = item.detected is not None and iou(bounds(self.mask(index)), item.detected) >= LEAST_OUTLINE_FIT
        return None if self._objects.is_outlined(index) and whole else self.unrecognised_alone(index)

    def unrecognised_alone(self, index: int) -> Reason | None:
        """As `unrecognised`, whole or not: a curled up dog is whole, and nobody knows it on a road.

        Nothing is known of an object that the detector has no label for.
        """
        item = self.objects[index]
        if item.label not in self.vision.labels:
            return None
        if index not in self._scores_alone:
            self._scores_alone[index] = self.vision.score_alone(self.image, self.mask(index), item.label)
        return self.gate("edit.not_recognised", self._scores_alone[index])

    def gate(self, code: str, value: float) -> Reason | None:
        """The reason of a gate that fires at this value."""
        limit = self.thresholds[code]
        fires = value < limit if BY_CODE[code].drops_when == "below" else value > limit
        return Reason(code=code, value=round(value, 4), threshold=limit) if fires else None

    def fillings(self, index: int) -> tuple[Filling, ...]:
        """The photo without the object and what goes with it: at least one filling, the least conspicuous first."""
        if index not in self._fillings:
            together = self.together(index)
            holes, elsewhere = list_holes(self._objects, (index,) if isinstance(together, Reason) else together)
            self._fillings[index] = self._remove(self.image, holes, elsewhere, self.thresholds["edit.strange"])
        return self._fillings[index]
