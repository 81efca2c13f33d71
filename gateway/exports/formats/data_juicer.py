"""`data-juicer`: a JSON line a pair, with the keys of Data-Juicer's multimodal format and of its Img-Diff operators.

Every key has values of one type, never null. Its reader takes the types from the first lines, where an empty list has
none; so the first line is the first pair with a region in both images, and the others follow in the dataset's order.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.source import Source, image_path
from gateway.exports.splits import split_of
from imgdiff.records import Box, Record
from imgdiff.views.sides import Place, View, views_of

IMAGE, END = "<__dj__image>", "<|__dj__eoc|>"
_TOKEN = re.compile(r"<(\|?__dj__)")  # the start of what Data-Juicer reads as one of its tokens


class DataJuicerExporter:
    """See `Exporter`. `images` are paths relative to the file, which Data-Juicer makes absolute."""

    name: ClassVar[str] = "data-juicer"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "data.jsonl"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with SpooledFile(self.main) as lines:
            first = _find_typed(source)
            if first is not None:
                lines.write_line(write_sample(first))
            for record in source.records():
                if first is None or record.id != first.id:
                    lines.write_line(write_sample(record))
            yield lines.finish()
        if images:
            yield from source.shown_files()


def _find_typed(source: Source) -> Record | None:
    """The first record whose lists all have an element; None if there is none."""
    for record in source.records():
        before, after = views_of(record)
        if _in_both(before, after):
            return record
    return None


def write_sample(record: Record) -> dict[str, Any]:
    """The sample of a record."""
    before, after = views_of(record)
    paths = [image_path(record.image1), image_path(record.image2)]
    both = _in_both(before, after)
    return {
        "text": f"{IMAGE} {IMAGE} {_plain(record.caption)} {END}",
        "images": paths,
        "id": record.id,
        "split": split_of(record),
        "verdict": record.verdict,
        "caption1": record.source.caption1 or "",
        "caption2": record.source.caption2 or "",
        "image_path1": paths[0],
        "image_path2": paths[1],
        "__dj__meta__": {
            "__dj__bbox__": [_centred(one.box) for one, _ in both],
            "region_caption1": [one.caption or "" for one, _ in both],
            "region_caption2": [two.caption or "" for _, two in both],
            "bbox_difference_captions": [one.region.caption or "" for one, _ in both],
        },
        "regions1": _list_places(before),
        "regions2": _list_places(after),
        "record": record.model_dump_json(),
    }


def _in_both(before: View, after: View) -> list[tuple[Place, Place]]:
    """The kept regions that have a box in both images."""
    there = {place.index: place for place in after.kept}
    return [(place, there[place.index]) for place in before.kept if place.index in there]


def _list_places(view: View) -> dict[str, list[Any]]:
    """The kept regions of one image, as lists of equal length."""
    places = view.kept
    return {
        "region": [place.index for place in places],
        "bbox": [list(place.box) for place in places],
        "change": [place.region.change for place in places],
        "difference": [place.region.difference for place in places],
        "label": [place.label or "" for place in places],
        "caption": [place.caption or "" for place in places],
        "sentence": [place.region.caption or "" for place in places],
        "mask": [json.dumps(place.mask and place.mask.model_dump(mode="json")) for place in places],
    }


def _centred(box: Box) -> list[float]:
    """Centre x, centre y, width and height in pixels, as Data-Juicer's operators have boxes."""
    x1, y1, x2, y2 = box
    return [(x1 + x2) / 2, (y1 + y2) / 2, float(x2 - x1), float(y2 - y1)]


def _plain(caption: str | None) -> str:
    """The caption with nothing in it that Data-Juicer would take for a token."""
    return _TOKEN.sub(r"< \1", caption or "")
