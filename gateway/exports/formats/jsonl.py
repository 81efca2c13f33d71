"""`jsonl`: one flat row a line, of columns that have one type in every row, for readers that infer a schema."""

from collections.abc import Iterator
from typing import ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.rows.flat import flatten
from gateway.exports.source import Source, image_path


class JsonlExporter:
    """See `Exporter`. `image1` and `image2` are the paths that the images have in an export with images."""

    name: ClassVar[str] = "jsonl"
    stands_alone: ClassVar[bool] = True
    main: ClassVar[str] = "data.jsonl"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with SpooledFile(self.main) as lines:
            for record in source.records():
                paths = {"image1": image_path(record.image1), "image2": image_path(record.image2)}
                lines.write_line({"id": record.id, **paths, **flatten(record)})
            yield lines.finish()
        if images:
            yield from source.image_files()
