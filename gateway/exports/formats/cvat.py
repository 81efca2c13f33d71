"""`cvat`: "CVAT for images 1.1". A frame a side of each pair, with a box or a mask for each kept region that it shows.

CVAT knows frames by their names, and draws what belongs to one image only once; so each side of each pair is a file of
its own, and an image of several pairs is written several times. Rejected regions are left out.
"""

import re
from collections.abc import Iterator
from typing import ClassVar
from xml.sax.saxutils import escape, quoteattr

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.record_images import AnyRecord, RecordImages
from gateway.exports.source import Source
from gateway.exports.splits import split_of
from imgdiff.images import encode_png
from imgdiff.objects import run_lengths
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Change, Mask, Record, Verdict
from imgdiff.views.sides import Place, View, views_of

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0, even when escaped
_PLACE = ("region", "label", "caption", "text", "sentence", "difference", "confidence")  # attributes of a shape
_PAIR = ("pair", "side", "split", "caption", "record")  # attributes of a frame's tag


class CvatExporter:
    """See `Exporter`."""

    name: ClassVar[str] = "cvat"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "annotations.xml"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with SpooledFile(self.main) as document:
            document.stream.write(_write_head(source).encode())
            number = 0
            for record in source.records():
                for view in views_of(record):
                    document.stream.write(_write_frame(number, record, view).encode())
                    number += 1
            document.stream.write(b"</annotations>\n")
            yield document.finish()
        if images:
            for shown in source.images():
                yield from _images(source, shown)


def _images(source: Source, record: RecordImages) -> Iterator[ExportFile]:
    pixels = source.shown_pixels(record) or (None, None)
    sides = ("before", record.image1), ("after", record.image2)
    for (side, image), shown in zip(sides, pixels, strict=True):
        path = f"images/{_name(record, side)}"
        if shown is None:
            yield source.image_file(image, path)
        else:
            yield ExportFile.of(path, encode_png(shown))


def _name(record: AnyRecord, side: str) -> str:
    return f"{record.id}_{side}.png"


def _write_head(source: Source) -> str:
    """The task and its labels: the kinds of change for shapes, the verdicts for frames."""
    shapes = "".join(_write_label(change, "any", _PLACE) for change in Change)
    tags = "".join(_write_label(verdict, "tag", _PAIR) for verdict in Verdict)
    name, created = escape(source.dataset.name), source.dataset.created_at.isoformat()
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n<meta><task>'
        f"<name>{name}</name><mode>annotation</mode><created>{created}</created>\n"
        f"<labels>\n{shapes}{tags}</labels></task></meta>\n"
    )


def _write_label(name: str, kind: str, attributes: tuple[str, ...]) -> str:
    given = "".join(
        f"<attribute><name>{one}</name><mutable>False</mutable><input_type>text</input_type>"
        "<default_value></default_value><values></values></attribute>"
        for one in attributes
    )
    return f"<label><name>{name}</name><type>{kind}</type><attributes>{given}</attributes></label>\n"


def _write_frame(number: int, record: Record, view: View) -> str:
    image = view.image
    frame = f'id="{number}" name={quoteattr(_name(record, view.side))}'
    values = (record.id, view.side, split_of(record), record.caption or "", record.model_dump_json())
    tag = f'<tag label="{record.verdict}" source="auto">{_attributes(_PAIR, values)}</tag>\n'
    shapes = "".join(_write_shape(place) for place in view.kept)
    return f'<image {frame} width="{image.width}" height="{image.height}">\n{tag}{shapes}</image>\n'


def _write_shape(place: Place) -> str:
    region = place.region
    confidence = "" if region.confidence is None else region.confidence
    values = (
        place.index,
        place.label or "",
        place.caption or "",
        place.text or "",
        region.caption or "",
        region.difference,
        confidence,
    )
    common = f'label="{region.change}" source="auto" occluded="0" z_order="0"'
    inside = _attributes(_PLACE, values)
    if place.mask is not None:
        return f"<mask {common} {_crop(place.mask)}>{inside}</mask>\n"
    x1, y1, x2, y2 = place.box
    return f'<box {common} xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}">{inside}</box>\n'


def _crop(mask: Mask) -> str:
    """A mask as CVAT has it: runs of 0 and 1 in the box around it, row by row."""
    bounds = run_lengths.bounds(run_lengths.expand(mask.counts), mask.size[0])
    assert bounds is not None  # noqa: S101  a place has no empty mask
    x1, y1, x2, y2 = bounds
    runs = run_lengths.measure(decode_mask(mask)[y1:y2, x1:x2].tobytes())
    places = f'left="{x1}" top="{y1}" width="{x2 - x1}" height="{y2 - y1}"'
    return f'rle="{", ".join(map(str, runs))}" {places}'


def _attributes(names: tuple[str, ...], values: tuple[object, ...]) -> str:
    return "".join(
        f'<attribute name="{name}">{escape(_FORBIDDEN.sub("�", str(value)))}</attribute>'
        for name, value in zip(names, values, strict=True)
    )
