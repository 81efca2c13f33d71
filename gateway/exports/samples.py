"""What a model learns from a record: a sample for each described region, and the question of an edit.

Only pairs that were judged `different` give samples. A region gives one if it was kept and has a sentence and a box in
both images; whether the sentence was verified is a field. A question that a gate objected to gives none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.exports.splits import split_of
from imgdiff.records import Box, Question, Record, Region, Verdict
from imgdiff.stages import AskedObject
from imgdiff.views.places import find_box2

Side = TypeVar("Side")
LETTER = "Answer with the option's letter from the given choices directly."
"""The instruction for multiple choice that LLaVA-1.5 and InternVL were trained with."""

_TOKEN = re.compile(r"<([/|]?\w+\|?)>")  # what tokenizers may read as one of their own tokens, as <image> or </s>
_RECORD = {"created_at", "source", "alignment", "pair_changes", "provenance", "metadata"}
_REGION = {"change", "difference", "confidence", "moved_to", "moved_from", "mask", "scores", "reasons"}
_TEXTS = ("label1", "label2", "text1", "text2")


@dataclass(frozen=True)
class Sample:
    """A region to describe; each box is in its own image's pixels."""

    record: Record
    index: int  # of the region in the record
    region: Region
    sentence: str
    box1: Box
    box2: Box

    @property
    def id(self) -> str:
        """Unique in every export."""
        return f"{self.record.id}_{self.index}"


@dataclass(frozen=True)
class Choice:
    """A question with two options; `box` is the object's, `frame` the red one that its pictures show."""

    record: Record
    question: Question
    box: Box
    frame: Box

    @property
    def id(self) -> str:
        """Unique in every export."""
        return f"{self.record.id}_question"

    @property
    def prompt(self) -> str:
        """The question, its options and how to answer."""
        options = (f"{letter}. {text}" for letter, text in self.question.options.items())
        return "\n".join((clean(self.question.text), *options, LETTER))

    def order(self, image1: Side, image2: Side) -> tuple[Side, Side]:
        """What belongs to the left image, then to the right one."""
        return (image1, image2) if self.question.left == "image1" else (image2, image1)


def find_samples(record: Record) -> Iterator[Sample]:
    """The described regions of a record."""
    if record.verdict is not Verdict.DIFFERENT:
        return
    for index, region in enumerate(record.regions):
        box2, sentence = find_box2(record, region), clean(region.caption or "")
        if region.kept and sentence and region.box is not None and box2 is not None:
            yield Sample(record, index, region, sentence, region.box, box2)


def find_choice(record: Record) -> Choice | None:
    """The question of a record."""
    question = record.question
    if record.verdict is not Verdict.DIFFERENT or question is None or question.box is None or question.reasons:
        return None
    edit = record.source.edit
    asked = None if edit is None else AskedObject.of(edit)
    return Choice(record, question, question.box if asked is None else asked.box, question.box)


def clean(text: str) -> str:
    """The text without outer blanks, and with other brackets around what a tokenizer would read as its own token."""
    return _TOKEN.sub(r"‹\1›", text).strip()


def normalise(box: Box, width: int, height: int) -> list[float]:
    """A box in shares of the image's width and height, 0..1."""
    return [round(edge / side, 4) for edge, side in zip(box, (width, height) * 2, strict=True)]


def describe_record(record: Record) -> dict[str, Any]:
    """The fields that every sample of a record carries."""
    return {
        "record": record.id,
        "schema_version": record.schema_version,
        "dataset": record.dataset,
        "job": record.job,
        "split": split_of(record),
        "verdict": record.verdict,
        "pair_caption": record.caption or "",
        "pair_similarity": record.similarity,
        "pair_confidence": record.confidence,
        "size1": [record.image1.width, record.image1.height],
        "size2": [record.image2.width, record.image2.height],
        "pair_reasons": [reason.model_dump(mode="json") for reason in record.reasons],
        **record.model_dump(mode="json", include=_RECORD),
    }


def describe_region(sample: Sample) -> dict[str, Any]:
    """The fields of a region; missing texts are empty, since readers that infer a schema dislike null beside text."""
    region, record = sample.region, sample.record
    return {
        "region": sample.index,
        "box1": list(sample.box1),
        "box2": list(sample.box2),
        "bbox1": normalise(sample.box1, record.image1.width, record.image1.height),
        "bbox2": normalise(sample.box2, record.image2.width, record.image2.height),
        "caption": region.caption,
        "check": "" if region.check is None else region.check.outcome.value,
        **{name: getattr(region, name) or "" for name in _TEXTS},
        **region.model_dump(mode="json", include=_REGION),
    }
