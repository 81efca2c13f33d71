"""`coco`: detection's format. An image entry a side of each pair, an annotation for each kept region that it shows.

Beside COCO's keys, `pairs` holds what belongs to a pair, and annotations name their pair and region. Rejected regions
are left out, since trainers take every annotation for true.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

from gateway.exports.documents import SpooledDocument
from gateway.exports.files import ExportFile
from gateway.exports.source import Source, image_path
from gateway.exports.splits import Split, split_of
from imgdiff import __version__
from imgdiff.objects import run_lengths
from imgdiff.records import Record
from imgdiff.views.sides import Place, View, views_of

_LISTS = ("images", "annotations", "pairs")
_ELSEWHERE = {"image1", "image2", "regions"}  # of a record: in `images` and `annotations`


class CocoExporter:
    """See `Exporter`. Identifiers are unique over all splits, and all splits have the same categories."""

    name: ClassVar[str] = "coco"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "annotations/instances_train.json"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with ExitStack() as stack:
            documents = {
                split: stack.enter_context(SpooledDocument(f"annotations/instances_{split}.json", _LISTS))
                for split in Split
            }
            numbers = _Numbers()
            for record in source.records():
                numbers.add(record, documents[split_of(record)])
            head = {"info": _info(source), "licenses": [], "categories": numbers.categories()}
            for document in documents.values():
                yield document.finish(head)
        if images:
            yield from source.shown_files()


class _Numbers:
    """COCO's identifiers, counted from 1; categories as they are first met."""

    def __init__(self) -> None:
        self._categories: dict[tuple[str, str | None, str], int] = {}  # by change, label and name
        self._images = self._annotations = 0

    def add(self, record: Record, document: SpooledDocument) -> None:
        """Write a record's entries."""
        sides: dict[str, int] = {}
        for view in views_of(record):
            self._images += 1
            sides[view.side] = self._images
            document.append("images", _image(self._images, view, record))
            for place in view.kept:
                document.append("annotations", self._annotation(view, place, record))
        pair = record.model_dump(mode="json", exclude=_ELSEWHERE)
        document.append("pairs", {**pair, "split": split_of(record), **sides})

    def categories(self) -> list[dict[str, Any]]:
        """Every category that was met."""
        return [
            {"id": number, "name": name, "supercategory": change, "label": label}
            for (change, label, name), number in self._categories.items()
        ]

    def _annotation(self, view: View, place: Place, record: Record) -> dict[str, Any]:
        self._annotations += 1
        region = place.region
        key = (str(region.change), place.label, place.name)
        return {
            "id": self._annotations,
            "image_id": self._images,
            "category_id": self._categories.setdefault(key, len(self._categories) + 1),
            "bbox": [*place.box[:2], *place.size],
            "segmentation": _outline(place),
            "area": _area(place),
            "iscrowd": 0,
            "score": region.confidence,
            "difference": region.difference,
            "pair": record.id,
            "side": view.side,
            "region": place.index,
            "change": region.change,
            "label": place.label,
            "caption": place.caption,
            "text": place.text,
            "match": place.match,
            "sentence": region.caption,
            "check": region.check and region.check.outcome,
            "scores": region.scores.model_dump(mode="json"),
        }


def _image(number: int, view: View, record: Record) -> dict[str, Any]:
    image = view.image
    return {
        "id": number,
        "width": image.width,
        "height": image.height,
        "file_name": image_path(image),
        "pair": record.id,
        "side": view.side,
        "asset": image.asset,
    }


def _outline(place: Place) -> dict[str, Any] | list[list[int]]:
    """Run lengths of the mask, or the box as a polygon: COCO's readers want one or the other."""
    if place.mask is not None:
        return place.mask.model_dump(mode="json")
    x1, y1, x2, y2 = place.box
    return [[x1, y1, x2, y1, x2, y2, x1, y2]]


def _area(place: Place) -> int:
    """Pixels of the mask, or of the box."""
    if place.mask is not None:
        return run_lengths.area(run_lengths.expand(place.mask.counts))
    width, height = place.size
    return width * height


def _info(source: Source) -> dict[str, Any]:
    dataset = source.dataset
    return {
        "description": dataset.description or dataset.name,
        "version": __version__,
        "year": dataset.created_at.year,
        "contributor": "imgdiff",
        "date_created": dataset.created_at.isoformat(),
    }
