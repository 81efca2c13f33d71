"""`fiftyone`: FiftyOneDataset, grouped: a group a pair with the slices `before` and `after`.

Boxes are [left, top, width, height] as shares of their own image, masks cover their box. Rejected regions have a field
of their own, and so has the true edit of a synthesis. Splits are tags.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from gateway.exports.documents import SpooledDocument
from gateway.exports.files import ExportFile
from gateway.exports.formats.fiftyone_schema import SAMPLE_FIELDS
from gateway.exports.source import Source, image_path
from gateway.exports.splits import split_of
from imgdiff.integrations.fiftyone.labels import identify, write_edit, write_regions
from imgdiff.records import Record
from imgdiff.views.sides import View, views_of

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
    identifier = identify(own)
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
        "group": {"_id": identify(record.id), "_cls": "Group", "name": view.side},
        "record_id": record.id,
        "asset": view.image.asset,
        "verdict": {"_id": identify(f"{own} verdict"), "tags": [], **verdict},
        "caption": record.caption,
        "known_caption": known,
        "similarity": record.similarity,
        "regions": write_regions(own, view.kept, view.image),
        "rejected": write_regions(own, view.rejected, view.image),
        "edit": record.source.edit and write_edit(own, record.source.edit, view.image),
        "record": record.model_dump_json(),
    }
