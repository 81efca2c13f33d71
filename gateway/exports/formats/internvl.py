"""`internvl`: conversations over both images with boxes in the text, as InternVL's trainer loads them.

A file of JSON lines for each task and split, and a meta file for each split that names them. `difference` asks about
one place, `pairs` for everything that has changed, with boxes, and `removal` which image shows an object.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar

from gateway.exports.files import ExportFile, SpooledFile
from gateway.exports.pictures import Drawing, draw_ahead
from gateway.exports.samples import Choice, Sample, clean, describe_record, describe_region, find_choice, find_samples
from gateway.exports.source import Source, image_path
from gateway.exports.splits import Split, split_of
from imgdiff.images import mark_box
from imgdiff.records import Box, Record, RecordImage, Region, Verdict
from imgdiff.views.places import find_box2

_SCALE = 1000  # of InternVL's coordinates
_TILES = 24  # of 448 x 448 pixels for the images of one sample together; InternVL's advice for several images
_BOTH = "Image-1: <image>\nImage-2: <image>\n"
_SIDES = "Left image: <image>\nRight image: <image>\n"
_AREA = "this area"


class InternvlExporter:
    """See `Exporter`. Paths in the meta files are relative to the export's folder."""

    name: ClassVar[str] = "internvl"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "meta_train.json"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        counts: Counter[tuple[str, Split]] = Counter()
        with ExitStack() as stack:
            parts = {
                (task, split): stack.enter_context(SpooledFile(f"{task}_{split}.jsonl"))
                for task in ("difference", "pairs", "removal")
                for split in Split
            }
            for record in source.records():
                for task, line in _describe(record):
                    key = task, split_of(record)
                    parts[key].write_line(line)
                    counts[key] += 1
            for split in Split:
                entries = {
                    f"{source.dataset.name}_{task}": _entry(part.path, counts[task, split])
                    for (task, own), part in parts.items()
                    if own is split and counts[task, split]
                }
                yield ExportFile.of_json(f"meta_{split}.json", entries)
            for part in parts.values():
                yield part.finish()
        if images:
            yield from draw_ahead(_draw_all(source))


def _entry(path: str, count: int) -> dict[str, Any]:
    """What InternVL's meta file holds for one file of lines."""
    return {
        "root": "./",
        "annotation": f"./{path}",
        "data_augment": False,
        "max_dynamic_patch": _TILES,
        "repeat_time": 1,
        "length": count,
    }


def _describe(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every line of a record, with its task."""
    for sample in find_samples(record):
        yield "difference", _line(sample.id, record, _ask_about(sample), sample.sentence) | describe_region(sample)
    answer = _find_changes(record)
    if answer:
        asked = f"{_BOTH}What has changed from Image-1 to Image-2? Give a bounding box for each change."
        yield "pairs", _line(f"{record.id}_pair", record, asked, answer)
    if choice := find_choice(record):
        yield "removal", _choose(choice)


def _ask_about(sample: Sample) -> str:
    place1 = _refer(_AREA, sample.box1, sample.record.image1)
    place2 = _refer(_AREA, sample.box2, sample.record.image2)
    return f"{_BOTH}What is the difference between {place1} in Image-1 and {place2} in Image-2?"


def _find_changes(record: Record) -> str | None:
    """Every change with its boxes, a line each; None for pairs that are not judged, or not described in full."""
    if record.verdict not in {Verdict.DIFFERENT, Verdict.SAME}:
        return None
    lines: dict[str, list[str]] = {clean(one.text): [] for one in record.pair_changes if not one.harmless}
    for region in record.regions:
        if region.kept:
            sentence = clean(region.caption or "")
            if not sentence:
                return None
            lines.setdefault(sentence, []).extend(_locate(record, region))
    if not lines:
        return clean(record.caption or "") or None
    return "\n".join(" ".join((sentence, *places)) for sentence, places in lines.items())


def _locate(record: Record, region: Region) -> Iterator[str]:
    """Where each image shows the region, by what it shows there."""
    sides = (region.box, region.label1, record.image1), (find_box2(record, region), region.label2, record.image2)
    for number, (box, label, image) in enumerate(sides, 1):
        if box is not None:
            yield f"Image-{number}: {_refer(clean(label or '') or _AREA, box, image)}"


def _refer(text: str, box: Box, image: RecordImage) -> str:
    """InternVL's reference to a place: whole coordinates of 0..1000, rounded outwards so that none is empty."""
    width, height = image.width, image.height
    corners = [
        box[0] * _SCALE // width,
        box[1] * _SCALE // height,
        -(-box[2] * _SCALE // width),
        -(-box[3] * _SCALE // height),
    ]
    return f"<ref>{text}</ref><box>[{corners}]</box>"


def _choose(choice: Choice) -> dict[str, Any]:
    """The question in its own order of the images, which have a red box."""
    record = choice.record
    line = _line(choice.id, record, f"{_SIDES}{choice.prompt}", choice.question.answer)
    left, right = choice.order(record.image1, record.image2)
    return line | {
        "image": [f"marked/{choice.id}_{side}.jpg" for side in (0, 1)],
        "width_list": [left.width, right.width],
        "height_list": [left.height, right.height],
        "image1": image_path(record.image1),
        "image2": image_path(record.image2),
        "box1": list(choice.box),
        "question": choice.question.model_dump(mode="json"),
    }


def _line(name: str, record: Record, asked: str, answer: str) -> dict[str, Any]:
    sides = record.image1, record.image2
    return {
        "id": name,
        "image": [image_path(side) for side in sides],
        "width_list": [side.width for side in sides],
        "height_list": [side.height for side in sides],
        "conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": answer}],
        **describe_record(record),
    }


def _draw_all(source: Source) -> Iterator[ExportFile | Drawing]:
    written: set[bytes] = set()
    for record in source.records():
        yield from _draw(source, record, written)


def _draw(source: Source, record: Record, written: set[bytes]) -> Iterator[ExportFile | Drawing]:
    """The images of a record's lines; none of a record without."""
    if not any(True for _ in _describe(record)):
        return
    yield from source.new_image_files(record, written, source.shown_pixels(record))
    if choice := find_choice(record):
        for side, image in enumerate(choice.order(*source.pixels(record))):
            yield Drawing(f"marked/{choice.id}_{side}", partial(mark_box, image, choice.frame))
