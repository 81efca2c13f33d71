"""Orders that a folder of photos allows: an operation on the objects of a label, or something from other photos."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgdiff.images import RGB
from imgdiff.records import Operation
from services.english.things import thing
from services.networks.detector import ObjectDetector
from training.coco_photos import Photo, read_photos
from training.pictures import read

SIZES = ("< 2 %", "2-5 %", "5-10 %", "10-20 %", "> 20 %")
_LIMITS = (0.02, 0.05, 0.1, 0.2)
NO_SIZE = "-"
_DONORS = 10
_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Order:
    """One edit that is asked for; `share` is that of the photo which the largest object of the label covers."""

    name: str
    image: RGB
    operation: Operation
    target: str | None
    share: float | None
    donors: tuple[RGB, ...] = ()

    @property
    def size(self) -> str:
        """The bucket of its share."""
        return NO_SIZE if self.share is None else SIZES[sum(self.share >= limit for limit in _LIMITS)]


@dataclass(frozen=True)
class Shown:
    """A photo, and for each label in it how many objects there are and what share the largest covers."""

    name: str
    image: RGB
    labels: dict[str, tuple[int, float]]
    gives: bool  # whether a whole object can be cut out of it


def shown(folder: Path) -> list[Shown]:
    """The photos of a folder: what is annotated in COCO's format, else what the detector finds, by its boxes."""
    if any(folder.glob("*.json")):
        return [annotated(photo) for photo in read_photos(folder)]
    detector = ObjectDetector(threads=2)
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES)
    return [_detected(path.stem, read(path), detector) for path in found]


def annotated(photo: Photo) -> Shown:
    """What is annotated in it, crowds left out."""
    pixels = photo.image.shape[0] * photo.image.shape[1]
    objects = [(one.label, float(one.mask.sum()) / pixels) for one in photo.instances if not one.crowd]
    return Shown(photo.name, photo.image, _counted(objects), bool(photo.whole_objects))


def _detected(name: str, image: RGB, detector: ObjectDetector) -> Shown:
    found = [(one.label, one.box) for one in detector.detect(image)]
    pixels = image.shape[0] * image.shape[1]
    objects = [(label, (box[2] - box[0]) * (box[3] - box[1]) / pixels) for label, box in found]
    return Shown(name, image, _counted(objects), bool(found))


def _counted(objects: Sequence[tuple[str, float]]) -> dict[str, tuple[int, float]]:
    labels: dict[str, tuple[int, float]] = {}
    for label, share in objects:
        count, largest = labels.get(label, (0, 0.0))
        labels[label] = count + 1, max(largest, share)
    return labels


def orders(seen: Sequence[Shown], operations: Sequence[Operation], seed: int) -> Iterator[Order]:
    """Every operation on every label of every photo; one `add` a photo; living things and food are not recoloured."""
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    for one in seen:
        giving = [other for other in seen if other is not one and other.gives]
        donors = tuple(other.image for other in drawing.sample(giving, min(_DONORS, len(giving))))
        for operation in operations:
            if operation is Operation.ADD:
                yield Order(one.name, one.image, operation, None, None, donors)
                continue
            for label, (_, share) in one.labels.items():
                if operation is Operation.RECOLOUR and not thing(label).recolourable:
                    continue
                given = donors if operation is Operation.REPLACE else ()
                yield Order(one.name, one.image, operation, label, share, given)
