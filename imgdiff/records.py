"""The record: what imgdiff found for one pair of images, with the evidence for every word of it.

Coordinates are pixels of image1 as the client sent it, after EXIF orientation; x grows right, y grows down.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from imgdiff.evidence import Check, Verification, Word
from imgdiff.frozen import Frozen

SCHEMA_VERSION: Literal[1] = 1
DATASET_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")

AssetId = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", description="SHA-256 of the normalised image bytes.")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


def _ordered(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box
    if not (0 <= x1 < x2 and 0 <= y1 < y2):
        raise ValueError("a box is [x1, y1, x2, y2] with 0 <= x1 < x2 and 0 <= y1 < y2")
    return box


Box = Annotated[
    tuple[int, int, int, int],
    AfterValidator(_ordered),
    Field(description="[x1, y1, x2, y2] in pixels, half-open: x2 and y2 are the first column and row outside."),
]


class Policy(StrEnum):
    """How strictly the gates act."""

    DESCRIBE = "describe"
    CURATE = "curate"


class Verdict(StrEnum):
    """What the pair is as a whole."""

    DIFFERENT = "different"
    SAME = "same"
    UNRELATED = "unrelated"


class Change(StrEnum):
    """What happened inside one region."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"
    RECOLOURED = "recoloured"
    MOVED = "moved"
    CHANGED = "changed"


class Operation(StrEnum):
    """What a synthesis does to an image."""

    REPLACE = "replace"
    REMOVE = "remove"
    ADD = "add"
    RECOLOUR = "recolour"
    MOVE = "move"
    RECOUNT = "recount"


class Reason(Frozen):
    """Why a gate spoke against something, or what it noted."""

    code: str = Field(description="Stable code `<subject>.<finding>`; `imgdiff.rules.reasons` lists all of them.")
    value: float | None = Field(default=None, description="The measured value that the gate looked at.")
    threshold: float | None = Field(default=None, description="The threshold it was compared with.")


class Mask(Frozen):
    """A binary mask of the whole of image1 as COCO run-length encoding."""

    size: tuple[int, int] = Field(description="[height, width] in pixels.")
    counts: str = Field(description="COCO compressed run lengths, column-major.")


class RecordImage(Frozen):
    """One image of the pair."""

    asset: AssetId
    width: int = Field(ge=1, description="Width in pixels after EXIF orientation.")
    height: int = Field(ge=1, description="Height in pixels after EXIF orientation.")


class Alignment(Frozen):
    """The transform that lays image2 over image1, found before anything was compared."""

    applied: bool = Field(description="Whether image2 was warped with `matrix` before the comparison.")
    model: Literal["identity", "translation", "euclidean", "affine", "homography"] = Field(
        description="Simplest motion model that the evidence supports."
    )
    matrix: Matrix = Field(description="3x3, row-major; maps homogeneous pixels of image1 to pixels of image2.")
    score: float = Field(ge=-1.0, le=1.0, description="Mean local correlation (ZNCC) after alignment; 1 is perfect.")


class Scores(Frozen):
    """Evidence for one region; null where nothing was measured."""

    crop_similarity: float | None = Field(default=None, description="Cosine of the two crops' embeddings, -1..1.")
    text_match1: float | None = Field(default=None, description="How well caption1 fits the crop of image1, -1..1.")
    text_match2: float | None = Field(default=None, description="How well caption2 fits the crop of image2, -1..1.")
    caption_similarity: float | None = Field(default=None, description="Cosine of the two captions, -1..1.")


class Region(Frozen):
    """One place where the pair differs: what each image shows there, and how sure we are."""

    box: Box
    mask: Mask | None = Field(default=None, description="The changed pixels, where the backend gives them.")
    change: Change = Field(description="Kind of change; `changed` when the evidence does not say which.")
    difference: Share = Field(description="0..1, higher is more different; regions are ordered by it, kept ones first.")
    confidence: Share | None = Field(
        default=None,
        description="Probability that something really changed here, calibrated on made pairs; "
        "null where the backend is not calibrated.",
    )
    moved_to: Box | None = Field(
        default=None,
        description="Where the thing that image1 shows here is in image2; in image1's pixels. Null unless it moved.",
    )
    moved_from: Box | None = Field(
        default=None, description="Where the thing that image2 shows here was in image1. Null unless it moved."
    )
    label1: str | None = Field(default=None, description="Noun for what image1 shows here; null without evidence.")
    label2: str | None = Field(default=None, description="Noun for what image2 shows here; null without evidence.")
    caption1: str | None = Field(default=None, description="Noun phrase for image1's content; null without evidence.")
    caption2: str | None = Field(default=None, description="Noun phrase for image2's content; null without evidence.")
    caption: str | None = Field(default=None, description="One sentence on what changed; null without evidence.")
    words: tuple[Word, ...] = Field(default=(), description="What the words of the captions rest on.")
    check: Check | None = Field(default=None, description="The check of `caption`; null where none was written.")
    scores: Scores = Field(default=Scores(), description="The measurements behind the labels and gates.")
    kept: bool = Field(description="False for a proposal that a gate dropped; `reasons` say which.")
    reasons: tuple[Reason, ...] = Field(default=(), description="Gates that spoke, dropped or not.")


class EditScores(Frozen):
    """How far the edit is what was ordered; null where nothing was measured."""

    before: float | None = Field(
        default=None, description="Score, 0..1, with which the old thing is still seen at its place; 0 is gone."
    )
    after: float | None = Field(default=None, description="Score, 0..1, with which the new thing is seen at its place.")
    outside_psnr: float | None = Field(
        default=None, description="PSNR of the pixels outside the mask in dB, at most 99, which is untouched."
    )
    outside_perceptual: float | None = Field(
        default=None, description="LPIPS of what lies outside the mask; 0 is same."
    )
    found: Share | None = Field(
        default=None,
        description="IoU of the edit with what detection found without knowing it; the least of its boxes.",
    )
    elsewhere: int | None = Field(default=None, ge=0, description="Regions that detection kept outside the edit.")


class Edit(Frozen):
    """The edit that made image2 out of image1 in a synthesis."""

    operation: Operation = Field(description="What was done.")
    box: Box
    boxes: tuple[Box, ...] = Field(default=(), description="Every place that changed; two when something moved.")
    mask: Mask | None = Field(default=None, description="The edited pixels.")
    before: str | None = Field(default=None, description="What was there before, as a noun.")
    after: str | None = Field(default=None, description="What is there now, as a noun; null when removed.")
    seed: int = Field(description="Seed of the order; the same request, seed, index and round give the same bytes.")
    index: int = Field(default=0, ge=0, description="Which of the `count` pairs.")
    round: int = Field(default=0, ge=0, description="Tries of this pair that were not accepted before this one.")
    scores: EditScores = Field(default=EditScores(), description="Whether the edit shows, and nothing else does.")


class Question(Frozen):
    """A question with two options and its right answer, for training and testing (the paper's second task)."""

    text: str = Field(description="What is asked about the two images side by side.")
    left: Literal["image1", "image2"] = Field(description="The image that is shown on the left; drawn from the seed.")
    options: dict[Literal["A", "B"], str] = Field(description="The answers to choose from.")
    answer: Literal["A", "B"] = Field(description="The right one.")


class Source(Frozen):
    """Where the pair came from."""

    kind: Literal["upload", "synthesis"] = Field(description="A person's own pair, or one that imgdiff made.")
    caption1: str | None = Field(default=None, description="What image1 is known to show, as given or as made.")
    caption2: str | None = Field(default=None, description="What image2 is known to show, as given or as made.")
    edit: Edit | None = Field(default=None, description="The true edit, for syntheses.")


class ModelUse(Frozen):
    """A model that took part in making a record."""

    stage: str = Field(description="Stage that ran it: editing, detection or captioning.")
    name: str = Field(description="Name in the model manifest.")
    version: str = Field(description="Version of the package or revision of the repository it came from.")
    sha256: str = Field(description="SHA-256 of the weight file.")
    licence: str = Field(description="SPDX identifier of the weights' licence.")


class Provenance(Frozen):
    """Everything needed to make the record again."""

    version: str = Field(description="Version of imgdiff.")
    policy: Policy = Field(description="Policy in force.")
    parameters: dict[str, JsonValue] = Field(default={}, description="Options and effective thresholds by name.")
    models: tuple[ModelUse, ...] = Field(default=(), description="Every model that took part.")
    seeds: tuple[int, ...] = Field(default=(), description="Seeds used, in the order of use.")
    seconds: dict[str, float] = Field(default={}, description="Seconds spent, by stage.")


class Record(Frozen):
    """The finished result for one pair of images."""

    id: str = Field(pattern=r"^rec_[0-9a-f]{32}$", description="Identifier of the record.")
    schema_version: Literal[1] = Field(default=SCHEMA_VERSION, description="Version of this document's shape.")
    job: str = Field(description="Job that made it.")
    dataset: str = Field(description="Dataset it belongs to.")
    created_at: datetime = Field(description="When it was made, UTC.")
    source: Source
    image1: RecordImage = Field(description="Before / left.")
    image2: RecordImage = Field(description="After / right.")
    alignment: Alignment
    similarity: float | None = Field(default=None, description="Cosine of the two whole images' embeddings, -1..1.")
    verdict: Verdict = Field(description="`same` when no region is left with evidence.")
    confidence: Share | None = Field(
        default=None,
        description="Probability that the verdict is right, calibrated on made pairs; "
        "null where the backend is not calibrated.",
    )
    caption: str | None = Field(default=None, description="One text for the whole pair; for `same` it says so.")
    verification: Verification = Field(
        default=Verification(), description="The checks of the kept regions' sentences, counted."
    )
    regions: tuple[Region, ...] = Field(default=(), description="Kept ones first, then by falling difference.")
    reasons: tuple[Reason, ...] = Field(default=(), description="Why the pair was rejected or judged the same.")
    question: Question | None = Field(
        default=None, description="Which image shows the thing that an edit removed; null for all but such records."
    )
    provenance: Provenance
    metadata: dict[str, JsonValue] | None = Field(default=None, description="The client's own object, as it came.")
