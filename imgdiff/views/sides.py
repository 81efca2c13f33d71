"""What each image of a record shows: regions with their boxes and masks in that image's own pixels."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from imgdiff.objects import run_lengths
from imgdiff.objects.pixels import decode_mask, encode_mask
from imgdiff.records import Box, Mask, Record, RecordImage, Region
from imgdiff.views.places import find_box2
from imgdiff.whole_pair import Alignment


@dataclass(frozen=True)
class Place:
    """A region in one of the images; every value is that image's, and null where there is no evidence."""

    index: int  # of the region in its record
    region: Region
    box: Box
    mask: Mask | None  # of the whole image; never empty
    label: str | None
    caption: str | None
    text: str | None
    match: float | None  # of `caption` and the crop

    @property
    def name(self) -> str:
        """The kind of change and what this image shows of it, such as `removed cup`."""
        return f"{self.region.change} {self.label}" if self.label else str(self.region.change)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the box in pixels."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]


@dataclass(frozen=True)
class View:
    """One image of a record with the places where it differs from the other one, in the record's order."""

    side: Literal["before", "after"]
    image: RecordImage
    kept: tuple[Place, ...]
    rejected: tuple[Place, ...]


def views_of(record: Record) -> tuple[View, View]:
    """Both images. A region is missing in the image in which it has no box."""
    before, after = [], []
    for index, region in enumerate(record.regions):
        mask = find_mask(region.mask, record.image1)
        if region.box is not None:
            before.append(_before(index, region, region.box, mask))
        box2 = find_box2(record, region)
        if box2 is not None:
            after.append(_after(record, index, region, box2, mask))
    return _view("before", record.image1, before), _view("after", record.image2, after)


def _view(side: Literal["before", "after"], image: RecordImage, places: list[Place]) -> View:
    kept = tuple(place for place in places if place.region.kept)
    return View(side, image, kept, tuple(place for place in places if not place.region.kept))


def _before(index: int, region: Region, box: Box, mask: Mask | None) -> Place:
    return Place(index, region, box, mask, region.label1, region.caption1, region.text1, region.scores.text_match1)


def _after(record: Record, index: int, region: Region, box: Box, mask: Mask | None) -> Place:
    stays = region.box is not None and region.moved_to is None
    carried = _carry(mask, record.alignment, box, record.image2) if mask is not None and stays else None
    return Place(index, region, box, carried, region.label2, region.caption2, region.text2, region.scores.text_match2)


def find_mask(mask: Mask | None, image: RecordImage) -> Mask | None:
    """The mask; None if it is empty, of another size, or broken: one mask must not stop an export."""
    if mask is None or mask.size != (image.height, image.width):
        return None
    try:
        runs = run_lengths.expand(mask.counts)
        run_lengths.check(runs, mask.size)
    except ValueError:
        return None
    return mask if run_lengths.area(runs) else None


def _carry(mask: Mask, alignment: Alignment, box: Box, image: RecordImage) -> Mask | None:
    """What a mask of image1 covers of the box in image2, pixel by pixel; None for nothing and through a lens."""
    if alignment.lens is not None:
        return None
    matrix = np.array(alignment.matrix)
    if mask.size == (image.height, image.width) and np.array_equal(matrix, np.eye(3)):
        return mask
    x1, y1, x2, y2 = box
    across, down = np.meshgrid(np.arange(x1, x2), np.arange(y1, y2))
    points = np.linalg.inv(matrix) @ np.stack([across.ravel(), down.ravel(), np.ones(across.size)])
    x, y = np.rint(points[:2] / points[2]).astype(np.int64)
    there = (x >= 0) & (y >= 0) & (x < mask.size[1]) & (y < mask.size[0])
    covered = np.zeros(across.size, np.bool_)
    covered[there] = decode_mask(mask)[y[there], x[there]]
    if not covered.any():
        return None
    carried = np.zeros((image.height, image.width), np.bool_)
    carried[y1:y2, x1:x2] = covered.reshape(across.shape)
    return encode_mask(carried)
