"""`fiftyone`: FiftyOneDataset, grouped: a group a pair with the slices `before` and `after`.

Boxes are [left, top, width, height] as shares of their own image, masks cover their box. Rejected regions have a field
of their own, and so has the true edit of a synthesis. Splits are tags.
"""

import base64
import hashlib
import io
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from gateway.exports.documents import SpooledDocument
from gateway.exports.files import ExportFile
from gateway.exports.formats.fiftyone_schema import SAMPLE_FIELDS
from gateway.exports.sides import Place, View, find_mask, views_of
from gateway.exports.source import Source, image_path
from gateway.exports.splits import split_of
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Box, Edit, Mask, Record, RecordImage

_VERSION = "1.0.0"  # of FiftyOne, from which its importer migrates


class FiftyOneExporter:
    """See `Exporter`. Identifiers follow from those of the records, so that the same records are the same samples."""

    name: ClassVar[str] = "fiftyone"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "metadata.json"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        yield ExportFile.of_json(self.main, _describe(source))
        with SpooledDocument("samples.json", ("samples",)) as samples:
            for record in source.records():
                for view in views_of(record):
                    samples.append("samples", write_sample(record, view))
            yield samples.finish({})
        if images:
            yield from source.shown_files()


def _describe(source: Source) -> dict[str, Any]:
    """The dataset: its groups and the fields of its samples."""
    dataset = source.dataset
    return {
        "version": _VERSION,
        "name": dataset.name,
        "media_type": "group",
        "group_field": "group",
        "group_media_types": {"before": "image", "after": "image"},
        "default_group_slice": "before",
        "tags": [],
        "info": {"description": dataset.description, "created_at": dataset.created_at.isoformat(), "source": "imgdiff"},
        "app_config": {},
        "classes": {},
        "default_classes": [],
        "mask_targets": {},
        "default_mask_targets": {},
        "skeletons": {},
        "sample_fields": SAMPLE_FIELDS,
        "frame_fields": [],
    }


def write_sample(record: Record, view: View) -> dict[str, Any]:
    """The sample of one image of a record."""
    own = f"{record.id} {view.side}"
    identifier = _identify(own)
    known = record.source.caption1 if view.side == "before" else record.source.caption2
    verdict = {"_cls": "Classification", "label": record.verdict, "confidence": record.confidence}
    return {
        "_id": identifier,
        "filepath": image_path(view.image),
        "tags": [split_of(record)],
        "metadata": {
            "_cls": "ImageMetadata",
            "mime_type": "image/png",
            "width": view.image.width,
            "height": view.image.height,
        },
        "_media_type": "image",
        "_rand": int(identifier["$oid"][:8], 16) / 2**32,
        "group": {"_id": _identify(record.id), "_cls": "Group", "name": view.side},
        "record_id": record.id,
        "asset": view.image.asset,
        "verdict": {"_id": _identify(f"{own} verdict"), "tags": [], **verdict},
        "caption": record.caption,
        "known_caption": known,
        "similarity": record.similarity,
        "regions": _detections([_region(own, place, view.image) for place in view.kept]),
        "rejected": _detections([_region(own, place, view.image) for place in view.rejected]),
        "edit": record.source.edit and _detections(_edited(own, record.source.edit, view.image)),
        "record": record.model_dump_json(),
    }


def _detections(detections: list[dict[str, Any]]) -> dict[str, Any]:
    return {"_cls": "Detections", "detections": detections}


def _region(own: str, place: Place, image: RecordImage) -> dict[str, Any]:
    region = place.region
    return {
        **_detection(f"{own} {place.index}", str(region.change), place.box, place.mask, image),
        "confidence": region.confidence,
        "index": place.index,
        "noun": place.label,
        "caption": place.caption,
        "text": place.text,
        "sentence": region.caption,
        "difference": region.difference,
        "match": place.match,
        "crop_similarity": region.scores.crop_similarity,
        "caption_similarity": region.scores.caption_similarity,
        "check": region.check and region.check.outcome,
        "reasons": [reason.code for reason in region.reasons],
    }


def _edited(own: str, edit: Edit, image: RecordImage) -> list[dict[str, Any]]:
    """The places of the true edit, which are the same in both images."""
    boxes, mask = edit.boxes or (edit.box,), find_mask(edit.mask, image)
    values = {"seed": edit.seed, "before": edit.before, "after": edit.after}
    return [
        {**_detection(f"{own} edit {at}", str(edit.operation), box, mask, image), "index": at, **values}
        for at, box in enumerate(boxes)
    ]


def _detection(own: str, label: str, box: Box, mask: Mask | None, image: RecordImage) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    width, height = image.width, image.height
    return {
        "_id": _identify(own),
        "_cls": "Detection",
        "attributes": {},
        "tags": [],
        "label": label,
        "bounding_box": [x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height],
        "mask": None if mask is None else _pack(mask, box),
    }


def _pack(mask: Mask, box: Box) -> dict[str, Any]:
    """What the mask covers of the box, as FiftyOne stores arrays: NumPy's file format, compressed."""
    x1, y1, x2, y2 = box
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(decode_mask(mask)[y1:y2, x1:x2]))
    return {"$binary": {"base64": base64.b64encode(zlib.compress(out.getvalue())).decode(), "subType": "00"}}


def _identify(name: str) -> dict[str, str]:
    """The object identifier of a name: 12 bytes, as MongoDB has them."""
    return {"$oid": hashlib.sha256(name.encode()).hexdigest()[:24]}
