"""What differs in a pair, as far as it tells whether another pair of the scene repeats it."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from imgdiff.boxes import iou
from imgdiff.frozen import Frozen
from imgdiff.images import RGB, ImagePair
from imgdiff.records import AssetId, Box, Edit, Record, RecordImage
from imgdiff.stages import CaptionedRegion, DetectedRegion

_GRID = 10_000  # of a box in shares of its image, which copies of other sizes share
_SIDE = 8  # pixels of a look; chosen
_LEVELS = 3 * _SIDE * _SIDE
# Root mean square of levels up to which two looks are alike. Of 395 places in real pairs, JPEG of quality 60 changed
# 96 % of the looks less, and the other image of the pair looked so at 1 %.
_ALIKE = 8.0
_OPPOSITE = {"added": "removed", "removed": "added"}


class PlacedChange(Frozen):
    """One change; boxes are in 1/10000 of their image, `look1` and `look2` what the images show there, if known."""

    kind: str
    box1: Box | None
    box2: Box | None
    look1: str = ""
    look2: str = ""

    def swapped(self) -> "PlacedChange":
        """The same change with the sides exchanged."""
        kind = _OPPOSITE.get(self.kind, self.kind)
        return PlacedChange(kind=kind, box1=self.box2, box2=self.box1, look1=self.look2, look2=self.look1)


class PairChanges(Frozen):
    """The two images of a pair and what differs in them."""

    images: tuple[AssetId, AssetId]
    changes: tuple[PlacedChange, ...] = ()

    def repeats(self, other: "PairChanges") -> float:
        """How far one pair repeats the other, in either direction, 0..1: 1 for the same images, else the least IoU of
        their changes; 0 where any change of one has none of its kind and look in the other.
        """
        if set(self.images) == set(other.images):
            return 1.0
        swapped = [change.swapped() for change in other.changes]
        return max(_compare(self.changes, other.changes), _compare(self.changes, swapped))


def describe_changes(
    record: Record,
    detected: Sequence[DetectedRegion],
    captioned: Sequence[CaptionedRegion],
    looks: Sequence[tuple[str, str] | None],
) -> PairChanges:
    """Of an edit its places, of other pairs the kept regions; `looks` are those of `take_looks`."""
    edit = record.source.edit
    if edit is not None and not edit.regenerated:
        changes = _place_edit(edit, record.image1)
    else:
        changes = tuple(
            PlacedChange(
                kind=words.change.value,
                box1=_scale(found.box, record.image1),
                box2=_scale(found.box2, record.image2),
                look1=look[0],
                look2=look[1],
            )
            for found, words, look in zip(detected, captioned, looks, strict=False)
            if look is not None
        )
    return PairChanges(images=(record.image1.asset, record.image2.asset), changes=changes)


def take_looks(
    regions: Sequence[DetectedRegion], kept: Sequence[bool], read: Callable[[], ImagePair]
) -> list[tuple[str, str] | None]:
    """What image1 and image2 show at each kept region; `read` decodes them, only if a region is kept."""
    if not any(kept):
        return [None] * len(kept)
    image1, image2, _ = read()
    return [
        (_take_look(image1, region.box), _take_look(image2, region.box2)) if stays else None
        for region, stays in zip(regions, kept, strict=True)
    ]


def _place_edit(edit: Edit, image: RecordImage) -> tuple[PlacedChange, ...]:
    """An edit is repeated by one of the same nouns and donor at its place."""
    donor = "" if edit.donor is None else edit.donor.model_dump_json()
    before, after = edit.before or "", f"{edit.after or ''} {donor}"
    places = [_scale(box, image) for box in edit.boxes or (edit.box,)]
    return tuple(
        PlacedChange(kind=f"edit: {edit.operation}", box1=box, box2=box, look1=before, look2=after) for box in places
    )


def _take_look(image: RGB, box: Box | None) -> str:
    """What an image shows at a box, reduced to 8x8 pixels, as hexadecimal digits; empty without a box."""
    cut = None if box is None else image[box[1] : box[3], box[0] : box[2]]
    if cut is None or cut.size == 0:
        return ""
    how = Image.Resampling.BOX if min(cut.shape[:2]) >= _SIDE else Image.Resampling.BILINEAR
    return Image.fromarray(np.ascontiguousarray(cut)).resize((_SIDE, _SIDE), how).tobytes().hex()


def _compare(ones: Sequence[PlacedChange], others: Sequence[PlacedChange]) -> float:
    found: list[list[float]] = []
    for one in ones:
        found.append([_match(one, other) for other in others])
        if not any(found[-1]):
            return 0.0
    return min((max(matches) for matches in (*found, *zip(*found, strict=True))), default=0.0)


def _match(one: PlacedChange, other: PlacedChange) -> float:
    """The IoU of two changes of one kind and look, in the image where they agree less; else 0."""
    if one.kind != other.kind or (one.box1 is None, one.box2 is None) != (other.box1 is None, other.box2 is None):
        return 0.0
    sides = ((one.box1, other.box1), (one.box2, other.box2))
    overlap = min((iou(here, there) for here, there in sides if here and there), default=0.0)
    if overlap == 0 or not (_are_alike(one.look1, other.look1) and _are_alike(one.look2, other.look2)):
        return 0.0
    return round(overlap, 4)


def _are_alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if len(one) != len(other) or len(one) != 2 * _LEVELS:
        return False
    try:
        return math.dist(bytes.fromhex(one), bytes.fromhex(other)) <= _ALIKE * math.sqrt(_LEVELS)
    except ValueError:
        return False  # words of that length


def _scale(box: Box | None, image: RecordImage) -> Box | None:
    if box is None:
        return None
    across, down = _GRID / image.width, _GRID / image.height
    return round(box[0] * across), round(box[1] * down), round(box[2] * across), round(box[3] * down)
