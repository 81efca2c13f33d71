"""`label-studio`: a task a pair, with imgdiff's answer as its prediction, and the labelling configuration that fits.

Boxes are in percent of their image. A kept region is a rectangle in each image that shows it, the two linked by a
relation; rejected ones are in the task's data alone, so that reviewers do not have to delete them.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from gateway.exports.files import ExportFile, SpooledList
from gateway.exports.source import Source, image_path
from gateway.exports.splits import split_of
from imgdiff.integrations.labelstudio.config import read_names, write_config
from imgdiff.integrations.labelstudio.predictions import write_prediction
from imgdiff.records import Record

_ELSEWHERE = {"image1", "image2", "regions"}  # of a record: other keys of the task hold them
_ADDRESS = "/data/local-files/?d="  # Label Studio's, followed by a path below LOCAL_FILES_DOCUMENT_ROOT
_NAMES = read_names(write_config())


class LabelStudioExporter:
    """See `Exporter`. With the export's folder as LOCAL_FILES_DOCUMENT_ROOT the addresses of the images hold."""

    name: ClassVar[str] = "label-studio"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "tasks.json"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        yield ExportFile.of_text("label_config.xml", write_config())
        with SpooledList(self.main) as tasks:
            for record in source.records():
                tasks.append(write_task(record))
            yield tasks.finish()
        if images:
            yield from source.shown_files()


def write_task(record: Record) -> dict[str, Any]:
    """A task: `data` has the record without its kept regions, which are the prediction."""
    document = record.model_dump(mode="json", exclude=_ELSEWHERE)
    regions = record.model_dump(mode="json", include={"regions"})["regions"]
    data = {
        "image1": _ADDRESS + image_path(record.image1),
        "image2": _ADDRESS + image_path(record.image2),
        "asset1": record.image1.asset,
        "asset2": record.image2.asset,
        **document,
        "caption": record.caption or "",
        "split": split_of(record),
        "rejected": [region for region in regions if not region["kept"]],
    }
    return {"data": data, "predictions": [write_prediction(record, _NAMES)]}
