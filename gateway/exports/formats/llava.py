"""`llava`: the paper's training records, which LLaVA's trainer loads as they are, with pictures and clean originals.

A JSON list for each task and split: `difference` asks what differs inside the red boxes, `removal` which image shows
the object that an edit removed or added. The paper's keys are as in the paper; ours are beside them.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar

from gateway.exports.files import ExportFile, SpooledList
from gateway.exports.pictures import Drawing, draw_ahead, is_laid_over, lay_over, mark_pair, tint_regions
from gateway.exports.samples import (
    Choice,
    Sample,
    clean,
    describe_record,
    describe_region,
    find_choice,
    find_samples,
    normalise,
)
from gateway.exports.source import Source, image_path
from gateway.exports.splits import Split, split_of
from imgdiff.images import RGB, join_images, mark_box
from imgdiff.records import Record

QUESTION = (
    "The left and the right image are parted by a black vertical bar. What is the difference between what the red box "
    "contains in the left image and what it contains in the right image? Answer in a few concise sentences."
)
"""Asks what the paper's fixed question asks, in other words."""


class LlavaExporter:
    """See `Exporter`. Only images of samples are in it."""

    name: ClassVar[str] = "llava"
    stands_alone: ClassVar[bool] = False
    main: ClassVar[str] = "difference_train.json"

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """See `Exporter`."""
        with ExitStack() as stack:
            lists = {
                (task, split): stack.enter_context(SpooledList(f"{task}_{split}.json"))
                for task in ("difference", "removal")
                for split in Split
            }
            for record in source.records():
                split = split_of(record)
                for sample in find_samples(record):
                    lists["difference", split].append(_describe(sample))
                if choice := find_choice(record):
                    lists["removal", split].append(_ask(choice))
            for one in lists.values():
                yield one.finish()
        if images:
            yield from draw_ahead(_draw_all(source))


def _describe(sample: Sample) -> dict[str, Any]:
    return {
        **_conversation(sample.id, QUESTION, sample.sentence),
        "bbox": _as_text(normalise(sample.box1, sample.record.image1.width, sample.record.image1.height)),
        "captions1": clean(sample.region.caption1 or ""),
        "captions2": clean(sample.region.caption2 or ""),
        "path": f"marked/{sample.id}",
        **_files_of(sample.record),
        **describe_region(sample),
        **describe_record(sample.record),
    }


def _ask(choice: Choice) -> dict[str, Any]:
    record, question = choice.record, choice.question
    size = record.image1.width, record.image1.height
    return {
        **_conversation(choice.id, choice.prompt, question.answer),
        "bbox": _as_text(normalise(choice.box, *size)),
        "path": f"marked/{choice.id}",
        **_files_of(record),
        "box1": list(choice.box),
        "bbox1": normalise(choice.box, *size),
        "question": question.model_dump(mode="json"),
        **describe_record(record),
    }


def _conversation(name: str, asked: str, answer: str) -> dict[str, Any]:
    return {
        "id": name,
        "image": f"joined/{name}.jpg",
        "conversations": [{"from": "human", "value": f"<image>\n{asked}"}, {"from": "gpt", "value": answer}],
    }


def _as_text(box: list[float]) -> str:
    """A normalised box as the paper writes it: text with two decimals."""
    return f"[{', '.join(f'{edge:.2f}' for edge in box)}]"


def _files_of(record: Record) -> dict[str, str]:
    return {
        "image1": image_path(record.image1),
        "image2": image_path(record.image2),
        "image2_aligned": image_path(record.image2) if is_laid_over(record) else f"aligned/{record.id}.jpg",
        "overlay": f"overlay/{record.id}.jpg",
    }


def _draw_all(source: Source) -> Iterator[ExportFile | Drawing]:
    written: set[bytes] = set()
    for record in source.records():
        yield from _draw(source, record, written)


def _draw(source: Source, record: Record, written: set[bytes]) -> Iterator[ExportFile | Drawing]:
    """The pictures of a record's samples; none of a record without."""
    samples, choice = list(find_samples(record)), find_choice(record)
    if not samples and choice is None:
        return
    image1, image2 = source.pixels(record)
    yield from source.new_image_files(record, written, (image1, image2))
    if not is_laid_over(record):
        yield Drawing(f"aligned/{record.id}", partial(lay_over, image2, record))
    yield Drawing(f"overlay/{record.id}", partial(tint_regions, image1, record.regions))
    for sample in samples:
        yield from _pair(sample.id, *mark_pair(image1, image2, sample.box1, sample.box2))
    if choice is not None:
        left, right = (mark_box(image, choice.frame) for image in choice.order(image1, image2))
        yield from _pair(choice.id, left, right)


def _pair(name: str, left: RGB, right: RGB) -> Iterator[Drawing]:
    yield Drawing(f"marked/{name}_0", lambda: left)
    yield Drawing(f"marked/{name}_1", lambda: right)
    yield Drawing(f"joined/{name}", lambda: join_images(left, right))
