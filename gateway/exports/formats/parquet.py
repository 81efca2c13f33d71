"""`parquet`: shards of each split with typed columns and the images inside, as Hugging Face `datasets` loads them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.shards import ShardLimits, count_shards, write_shards
from gateway.exports.source import Source, image_name
from gateway.exports.splits import Split, split_of
from imgdiff.records import RecordImage

if TYPE_CHECKING:
    import pyarrow as pa

_GROUP_ROWS = 100  # rows of a row group: the advice of `datasets` for images
_GROUP_BYTES = 32 * 2**20  # of the images of a row group; chosen, not measured
_Cells = dict[str, Any]


class ParquetExporter:
    """See `Exporter`. The columns are those of `Row`, with `image1` and `image2`, unless images are left out.

    Shards are named after their number and their count, so the records are read twice.
    """

    name: ClassVar[str] = "parquet"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "data/*.parquet"

    def __init__(self, limits: ShardLimits | None = None) -> None:
        self._limits = limits or ShardLimits()

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        from gateway.exports.rows import arrow  # noqa: PLC0415  pyarrow takes long to load

        schema = arrow.make_schema(images=images)
        sizes = ((split_of(record), size) for record, size in source.measure(source.images()))
        planned = count_shards(sizes, self._limits)

        def samples() -> Iterator[tuple[Split, int, _Cells]]:
            for record, size in source.measure(source.records()):
                cells = arrow.to_cells(record)
                if images:
                    cells |= {"image1": _read(source, record.image1), "image2": _read(source, record.image2)}
                yield split_of(record), size, cells

        def start(split: Split, number: int) -> "_ParquetShard":
            return _ParquetShard(f"data/{split}-{number:05d}-of-{planned.get(split, 0):05d}.parquet", schema)

        yield from write_shards(samples(), self._limits, start)


def _read(source: Source, image: RecordImage) -> dict[str, bytes | str]:
    return {"bytes": source.read(image), "path": image_name(image)}


class _ParquetShard:
    """See `Shard`. A row group is in memory, what is written is spooled."""

    def __init__(self, path: str, schema: "pa.Schema") -> None:
        from pyarrow import parquet, types  # noqa: PLC0415  pyarrow takes long to load

        self._schema = schema
        self._rows: list[_Cells] = []
        self._bytes = 0
        self._file = SpooledFile(path)
        # Images are compressed already; no reader asks which of them is the least.
        scalars = [field.name for field in schema if not types.is_nested(field.type)]
        self._writer = parquet.ParquetWriter(
            self._file.stream, schema, compression="none", use_dictionary=False, write_statistics=scalars
        )

    def add(self, sample: _Cells) -> None:
        self._rows.append(sample)
        self._bytes += sum(len(sample[name]["bytes"]) for name in ("image1", "image2") if name in sample)
        if len(self._rows) == _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._write_group()

    def finish(self) -> ExportFile:
        if self._rows:
            self._write_group()
        self._writer.close()
        return self._file.finish()

    def close(self) -> None:
        self._writer.close()  # else it writes its footer when it is collected, to a closed file
        self._file.stream.close()

    def _write_group(self) -> None:
        from gateway.exports.rows import arrow  # noqa: PLC0415  pyarrow takes long to load

        self._writer.write_table(arrow.make_table(self._rows, self._schema))
        self._rows, self._bytes = [], 0
