"""Every export format by its name."""

from collections.abc import Mapping

from gateway.exports.formats.jsonl import JsonlExporter
from gateway.exports.formats.records import RecordsExporter
from gateway.exports.protocol import Exporter
from imgdiff.errors import InvalidRequest

EXPORTERS: Mapping[str, Exporter] = {one.name: one for one in (JsonlExporter(), RecordsExporter())}


def find_exporter(name: str) -> Exporter:
    """The exporter of a format; raises InvalidRequest with the known ones."""
    found = EXPORTERS.get(name)
    if found is None:
        detail = f"unknown format {name!r}; known: {', '.join(EXPORTERS)}"
        raise InvalidRequest.at("/query/format", "enum", detail)
    return found
