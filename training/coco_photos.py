"""Photos with instance masks in COCO's format, and the objects that can be cut out of them."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pycocotools import mask as coco
from scipy import ndimage

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.records import Box, Mask
from services.imaging.arrays import Flags
from services.imaging.masks import bounds, decode_mask
from training.pictures import read

_SMALLEST = 48  # pixels of either side of a cut-out
_LARGEST = 0.5  # share of the photo
_IN_ONE_PIECE = 0.9  # of an object's pixels: one that is hidden but for scraps cannot be named by sight
_PART_OF_BOX, _PART_OF_OBJECT = 0.05, 0.3  # shares of either that must overlap for an object to count as in the box


@dataclass(frozen=True)
class Instance:
    """One annotated object; `mask` is that of its tight `box` only."""

    label: str
    box: Box
    mask: Flags
    crowd: bool = False

    @classmethod
    def of(cls, label: str, mask: Flags, *, crowd: bool = False) -> "Instance":
        """From a mask of the whole photo with at least one true pixel."""
        box = bounds(mask)
        return cls(label, box, mask[box[1] : box[3], box[0] : box[2]].copy(), crowd)

    def whole(self, height: int, width: int) -> Flags:
        """Its mask in the whole photo."""
        mask = np.zeros((height, width), bool)
        mask[self.box[1] : self.box[3], self.box[0] : self.box[2]] = self.mask
        return mask

    @property
    def in_one_piece(self) -> bool:
        """Whether nearly all of its pixels are connected."""
        labels, _ = ndimage.label(self.mask, np.ones((3, 3)))
        return bool(np.bincount(labels[self.mask]).max() >= _IN_ONE_PIECE * self.mask.sum())

    def is_at(self, box: Box) -> bool:
        """Whether it overlaps a good part of the box, or the box a good part of it."""
        x1, y1 = max(box[0], self.box[0]), max(box[1], self.box[1])
        x2, y2 = min(box[2], self.box[2]), min(box[3], self.box[3])
        if x1 >= x2 or y1 >= y2:
            return False
        left, top = self.box[:2]
        shared = int(self.mask[y1 - top : y2 - top, x1 - left : x2 - left].sum())
        return shared >= _PART_OF_BOX * area(box) or shared >= _PART_OF_OBJECT * int(self.mask.sum())


@dataclass(frozen=True)
class Photo:
    """One photo and everything annotated in it."""

    name: str
    image: RGB
    instances: tuple[Instance, ...]

    @cached_property
    def whole_objects(self) -> tuple[Instance, ...]:
        """Single objects in one piece, neither small nor large, that the border does not cut off."""
        height, width = self.image.shape[:2]
        return tuple(
            one
            for one in self.instances
            if not one.crowd
            and min(one.box[2] - one.box[0], one.box[3] - one.box[1]) > _SMALLEST
            and area(one.box) < _LARGEST * height * width
            and min(one.box[:2]) > 0
            and one.box[2] < width
            and one.box[3] < height
            and one.in_one_piece
        )


def read_photos(folder: Path) -> list[Photo]:
    """Every photo of a folder in COCO's format: one JSON file, and the photos beside it or under `images`."""
    listed = json.loads(next(iter(sorted(folder.glob("*.json")))).read_text())
    labels = {one["id"]: one["name"] for one in listed["categories"]}
    annotated = defaultdict(list)
    for one in listed["annotations"]:
        annotated[one["image_id"]].append(one)
    found = []
    for entry in sorted(listed["images"], key=lambda entry: str(entry["file_name"])):
        path = folder / entry["file_name"]
        image = read(path if path.exists() else folder / "images" / entry["file_name"])
        found.append(Photo(path.stem, image, tuple(_instances(annotated[entry["id"]], labels, image.shape[:2]))))
    return found


def _instances(annotated: Iterable[dict], labels: dict[int, str], size: tuple[int, ...]) -> Iterable[Instance]:
    for one in annotated:
        outline = one["segmentation"]
        packed = isinstance(outline, dict) and isinstance(outline["counts"], str)
        runs = outline if packed else coco.frPyObjects(outline, *size)
        merged = coco.merge(runs) if isinstance(runs, list) else runs
        counts = merged["counts"] if packed else merged["counts"].decode()
        mask = decode_mask(Mask(size=tuple(merged["size"]), counts=counts))
        if mask.any():
            yield Instance.of(labels[one["category_id"]], mask, crowd=bool(one.get("iscrowd")))
