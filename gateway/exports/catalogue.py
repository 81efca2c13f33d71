"""Every export format by its name."""

from collections.abc import Mapping

from gateway.exports.formats.internvl import InternvlExporter
from gateway.exports.formats.jsonl import JsonlExporter
from gateway.exports.formats.llava import LlavaExporter
from gateway.exports.formats.records import RecordsExporter
from gateway.exports.protocol import Exporter
from imgdiff.errors import InvalidRequest

_FORMATS: tuple[Exporter, ...] = (InternvlExporter(), JsonlExporter(), LlavaExporter(), RecordsExporter())
EXPORTERS: Mapping[str, Exporter] = {one.name: one for one in _FORMATS}


def find_exporter(name: str) -> Exporter:
    """The exporter of a format; raises InvalidRequest with the known ones."""
    found = EXPORTERS.get(name)
    if found is None:
        detail = f"unknown format {name!r}; known: {', '.join(EXPORTERS)}"
        raise InvalidRequest.at("/query/format", "enum", detail)
    return found
