"""`records`: one record document a line, as `GET /v1/records/{id}` answers it, and the images beside it."""

from collections.abc import Iterator
from typing import ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.source import Source


class RecordsExporter:
    """See `Exporter`. Images have the first half of their asset's digest as their name."""

    name: ClassVar[str] = "records"
    stands_alone: ClassVar[bool] = True
    main: ClassVar[str] = "records.jsonl"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with SpooledFile(self.main) as lines:
            for record in source.records(corrected=False):
                lines.write_line(record)
            yield lines.finish()
        if images:
            yield from source.image_files()
