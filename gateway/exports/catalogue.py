"""Every export format by its name."""

from collections.abc import Mapping

from gateway.exports.formats.coco import CocoExporter
from gateway.exports.formats.cvat import CvatExporter
from gateway.exports.formats.data_juicer import DataJuicerExporter
from gateway.exports.formats.fiftyone import FiftyOneExporter
from gateway.exports.formats.imagefolder import ImageFolderExporter
from gateway.exports.formats.internvl import InternvlExporter
from gateway.exports.formats.jsonl import JsonlExporter
from gateway.exports.formats.label_studio import LabelStudioExporter
from gateway.exports.formats.llava import LlavaExporter
from gateway.exports.formats.parquet import ParquetExporter
from gateway.exports.formats.records import RecordsExporter
from gateway.exports.formats.webdataset import WebDatasetExporter
from gateway.exports.protocol import Exporter
from imgdiff.errors import InvalidRequest

_FORMATS: tuple[Exporter, ...] = (
    CocoExporter(),
    CvatExporter(),
    DataJuicerExporter(),
    FiftyOneExporter(),
    ImageFolderExporter(),
    InternvlExporter(),
    JsonlExporter(),
    LabelStudioExporter(),
    LlavaExporter(),
    ParquetExporter(),
    RecordsExporter(),
    WebDatasetExporter(),
)
EXPORTERS: Mapping[str, Exporter] = {one.name: one for one in _FORMATS}


def find_exporter(name: str) -> Exporter:
    """The exporter of a format; raises InvalidRequest with the known ones."""
    found = EXPORTERS.get(name)
    if found is None:
        detail = f"unknown format {name!r}; known: {', '.join(EXPORTERS)}"
        raise InvalidRequest.at("/query/format", "enum", detail)
    return found
