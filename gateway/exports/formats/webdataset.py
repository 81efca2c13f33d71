"""`webdataset`: tar shards of each split; a sample is KEY.image1.png, KEY.image2.png and KEY.json."""

from collections.abc import Iterator
from typing import ClassVar

from gateway.exports.containers import tar_size, write_tar
from gateway.exports.files import ExportFile, to_line
from gateway.exports.rows.flat import flatten
from gateway.exports.shards import ShardLimits, write_shards
from gateway.exports.source import Source
from gateway.exports.splits import Split, split_of

_Sample = tuple[ExportFile, ...]


class WebDatasetExporter:
    """See `Exporter`. A key is a record's id; the JSON is the row of `jsonl`, without paths."""

    name: ClassVar[str] = "webdataset"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "*.tar"

    def __init__(self, limits: ShardLimits | None = None) -> None:
        self._limits = limits or ShardLimits()

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`. Images are read when their shard is."""
        yield from write_shards(_samples(source, images=images), self._limits, _TarShard)


def _samples(source: Source, *, images: bool) -> Iterator[tuple[Split, int, _Sample]]:
    for record in source.records():
        sides = {"image1": record.image1, "image2": record.image2} if images else {}
        pictures = (source.image_file(image, f"{record.id}.{name}.png") for name, image in sides.items())
        sample = (*pictures, ExportFile.of(f"{record.id}.json", to_line(flatten(record))))
        yield split_of(record), sum(file.size for file in sample), sample


class _TarShard:
    """See `Shard`. Its documents are in memory, its images are not."""

    def __init__(self, split: Split, number: int) -> None:
        self._path = f"{split}-{number:06d}.tar"
        self._members: list[ExportFile] = []

    def add(self, sample: _Sample) -> None:
        self._members += sample

    def finish(self) -> ExportFile:
        return ExportFile(self._path, tar_size(self._members), lambda: write_tar(self._members))

    def close(self) -> None:
        self._members = []
