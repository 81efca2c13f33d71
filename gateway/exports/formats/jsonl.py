"""`jsonl`: one flat row a line, of columns that have one type in every row, for readers that infer a schema.

Text is never null, but empty; what is nested or may be missing is JSON text.
"""

import json
from collections.abc import Iterator
from typing import ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.source import Source, image_path
from gateway.exports.splits import split_of
from imgdiff.records import Record

_NESTED = ("alignment", "pair_changes", "verification", "regions", "reasons", "question", "provenance", "metadata")


class JsonlExporter:
    """See `Exporter`. `image1` and `image2` are the paths that the images have in an export with images."""

    name: ClassVar[str] = "jsonl"
    stands_alone: ClassVar[bool] = True
    main: ClassVar[str] = "data.jsonl"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with SpooledFile(self.main) as lines:
            for record in source.records():
                lines.write_line(flatten(record))
            yield lines.finish()
        if images:
            yield from source.image_files()


def flatten(record: Record) -> dict[str, str | int]:
    """The row of a record."""
    document = record.model_dump(mode="json")
    scores = {"similarity": record.similarity, "confidence": record.confidence}
    return {
        "id": record.id,
        "schema_version": record.schema_version,
        "job": record.job,
        "dataset": record.dataset,
        "created_at": document["created_at"],
        "split": split_of(record),
        "verdict": record.verdict,
        "caption": record.caption or "",
        "image1": image_path(record.image1),
        "image2": image_path(record.image2),
        "asset1": record.image1.asset,
        "asset2": record.image2.asset,
        "width1": record.image1.width,
        "height1": record.image1.height,
        "width2": record.image2.width,
        "height2": record.image2.height,
        "kind": record.source.kind,
        "source_caption1": record.source.caption1 or "",
        "source_caption2": record.source.caption2 or "",
        "edit": json.dumps(document["source"]["edit"]),
        "scores": json.dumps(scores),
        **{name: json.dumps(document[name]) for name in _NESTED},
    }
