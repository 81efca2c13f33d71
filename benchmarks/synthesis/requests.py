"""The edits that a folder of photos allows: operations on the objects of a label, or with objects of other photos."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.synthesis.library import Entry, Library
from imgdiff.images import RGB
from imgdiff.objects.donors import DonorObject
from imgdiff.records import Mask, Operation
from services.editing.operations.source_objects import comparable
from services.english.things import thing
from services.imaging.masks import encode_mask
from services.networks.detector import ObjectDetector
from training.coco_photos import Instance, Photo, read_photos
from training.pictures import read

SIZES = ("< 2 %", "2-5 %", "5-10 %", "10-20 %", "> 20 %")
_LIMITS = (0.02, 0.05, 0.1, 0.2)  # shares of the photo between the buckets; chosen, not measured
NO_SIZE = "-"
_DONORS = 10  # photos for one edit; chosen, not measured
_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Case:
    """One requested edit; `share` is the share of the photo that the largest object of the label covers.

    With an `outline` it is that of the marked object; `described` are the objects that are marked in the donors.
    """

    name: str
    image: RGB
    operation: Operation
    target: str | None
    share: float | None
    donors: tuple[RGB, ...] = ()
    outline: Mask | None = None
    described: tuple[DonorObject, ...] = ()

    @property
    def size(self) -> str:
        """The bucket of the share."""
        return NO_SIZE if self.share is None else SIZES[sum(self.share >= limit for limit in _LIMITS)]


@dataclass(frozen=True)
class PhotoSummary:
    """A photo, and for each label in it how many objects there are and what share the largest covers."""

    name: str
    image: RGB
    labels: dict[str, tuple[int, float]]
    has_source: bool  # whether a whole object can be cut out of it


def summarise_photos(folder: Path) -> list[PhotoSummary]:
    """The photos of a folder, with COCO annotations if there are any, else with the detector's boxes."""
    if any(folder.glob("*.json")):
        return [summarise_annotated(photo) for photo in read_photos(folder)]
    detector = ObjectDetector(threads=2)
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES)
    return [_summarise_detected(path.stem, read(path), detector) for path in found]


def summarise_annotated(photo: Photo) -> PhotoSummary:
    """Summarise the annotations of a photo, without crowds."""
    pixels = photo.image.shape[0] * photo.image.shape[1]
    objects = [(one.label, float(one.mask.sum()) / pixels) for one in photo.instances if not one.crowd]
    return PhotoSummary(photo.name, photo.image, _count(objects), bool(photo.whole_objects))


def _summarise_detected(name: str, image: RGB, detector: ObjectDetector) -> PhotoSummary:
    found = [(one.label, one.box) for one in detector.detect(image)]
    pixels = image.shape[0] * image.shape[1]
    objects = [(label, (box[2] - box[0]) * (box[3] - box[1]) / pixels) for label, box in found]
    return PhotoSummary(name, image, _count(objects), bool(found))


def _count(objects: Sequence[tuple[str, float]]) -> dict[str, tuple[int, float]]:
    labels: dict[str, tuple[int, float]] = {}
    for label, share in objects:
        count, largest = labels.get(label, (0, 0.0))
        labels[label] = count + 1, max(largest, share)
    return labels


def list_cases(photos: Sequence[PhotoSummary], operations: Sequence[Operation], seed: int) -> Iterator[Case]:
    """Every operation on every label of every photo; one `add` for each photo; living things keep their colour."""
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    for photo in photos:
        sources = [other for other in photos if other is not photo and other.has_source]
        donors = tuple(other.image for other in drawing.sample(sources, min(_DONORS, len(sources))))
        for operation in operations:
            if operation is Operation.ADD:
                yield Case(photo.name, photo.image, operation, None, None, donors)
                continue
            for label, (_, share) in photo.labels.items():
                if operation is Operation.RECOLOUR and not thing(label).recolourable:
                    continue
                given = donors if operation is Operation.REPLACE else ()
                yield Case(photo.name, photo.image, operation, label, share, given)


def list_marked_cases(photos: Sequence[Photo], operations: Sequence[Operation], seed: int, half: int) -> Iterator[Case]:
    """Every operation on every annotated object of the photos of one half; donors are objects of the other half."""
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    entries = [(photo, one) for at, photo in enumerate(photos) if at % 2 != half for one in photo.whole_objects]
    library = Library(entries)
    for photo in photos[half::2]:
        pixels = photo.image.shape[0] * photo.image.shape[1]
        for operation in operations:
            if operation is Operation.ADD:
                yield _mark(photo, operation, None, pixels, library.draw_for(photo, drawing.getrandbits(32)))
                continue
            for one in photo.instances:
                if one.crowd or (operation is Operation.RECOLOUR and not thing(one.label).recolourable):
                    continue
                wanted = _draw_donors(entries, one.label, drawing) if operation is Operation.REPLACE else []
                yield _mark(photo, operation, one, pixels, wanted)


def _draw_donors(library: Sequence[Entry], label: str, drawing: random.Random) -> list[Entry]:
    """Comparable objects of another label."""
    fitting = [entry for entry in library if entry[1].label != label and comparable(entry[1].label, label)]
    return drawing.sample(fitting, min(_DONORS, len(fitting)))


def _mark(photo: Photo, operation: Operation, target: Instance | None, pixels: int, donors: Sequence[Entry]) -> Case:
    described = tuple(DonorObject(label=one.label, mask=_outline(source, one)) for source, one in donors)
    return Case(
        photo.name,
        photo.image,
        operation,
        None if target is None else target.label,
        None if target is None else float(target.mask.sum()) / pixels,
        tuple(source.image for source, _ in donors),
        None if target is None else _outline(photo, target),
        described,
    )


def _outline(photo: Photo, one: Instance) -> Mask:
    return encode_mask(one.whole(*photo.image.shape[:2]))
