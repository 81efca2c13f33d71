"""`imagefolder`: a folder of images and `metadata.jsonl` for each split, as Hugging Face `imagefolder` loads it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.rows.flat import flatten
from gateway.exports.source import Source, image_path
from gateway.exports.splits import Split, split_of


class ImageFolderExporter:
    """See `Exporter`. The rows are those of `jsonl`; an image of several records is stored once in each split."""

    name: ClassVar[str] = "imagefolder"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "*/metadata.jsonl"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`. A split without records has no folder."""
        with ExitStack() as stack:
            lines: dict[Split, SpooledFile] = {}
            for record in source.records():
                split = split_of(record)
                if split not in lines:
                    lines[split] = stack.enter_context(SpooledFile(f"{split}/metadata.jsonl"))
                # The loader makes columns `image1` and `image2` of these two.
                paths = {"image1_file_name": image_path(record.image1), "image2_file_name": image_path(record.image2)}
                lines[split].write_line({"id": record.id, **paths, **flatten(record)})
            for split in [split for split in Split if split in lines]:
                yield lines[split].finish()
        if images:
            yield from _image_files(source)


def _image_files(source: Source) -> Iterator[ExportFile]:
    written: dict[Split, set[bytes]] = {split: set() for split in Split}
    for record in source.images():
        split = split_of(record)
        for file in source.new_image_files(record, written[split]):
            yield replace(file, path=f"{split}/{file.path}")
