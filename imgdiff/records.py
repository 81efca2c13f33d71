"""The record: what imgdiff found in one pair of images, with the evidence for every word.

Coordinates are pixels of image1 as sent, after EXIF orientation; x grows to the right, y downwards.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from imgdiff.evidence import Check, Verification, Word
from imgdiff.frozen import Frozen
from imgdiff.objects.changes import Change
from imgdiff.objects.donors import DonorUse
from imgdiff.objects.places import AssetId, Box, LocatedBy, Mask
from imgdiff.reviews.documents import Review
from imgdiff.whole_pair import Alignment, PairChange

__all__ = ["AssetId", "Box", "Change", "Mask", "Record", "Region"]  # the first four for readers of records

SCHEMA_VERSION: Literal[2] = 2
DATASET_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")

NextCursor = Annotated[str | None, Field(description="Pass it as `cursor` for the next page; null on the last.")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Policy(StrEnum):
    """How strictly the gates act."""

    DESCRIBE = "describe"
    CURATE = "curate"


class Verdict(StrEnum):
    """The result for the pair as a whole."""

    DIFFERENT = "different"
    SAME = "same"
    UNRELATED = "unrelated"
    UNDETERMINED = "undetermined"


class Operation(StrEnum):
    """The edit that a synthesis makes."""

    REPLACE = "replace"
    REMOVE = "remove"
    ADD = "add"
    RECOLOUR = "recolour"
    MOVE = "move"
    RECOUNT = "recount"


class Reason(Frozen):
    """Why a gate fired."""

    code: str = Field(description="Stable code `<subject>.<finding>`; `imgdiff.rules.reasons` lists all of them.")
    value: float | None = Field(default=None, description="The value that the gate measured.")
    threshold: float | None = Field(default=None, description="The threshold that the value was compared with.")
    record: str | None = Field(default=None, exclude_if=lambda one: one is None, description="The repeated record.")


class RecordImage(Frozen):
    """One image of the pair."""

    asset: AssetId
    width: int = Field(ge=1, description="Width in pixels after EXIF orientation.")
    height: int = Field(ge=1, description="Height in pixels after EXIF orientation.")


class Scores(Frozen):
    """Measurements of one region; null where nothing was measured."""

    crop_similarity: float | None = Field(default=None, description="Cosine of the two crops' embeddings, -1..1.")
    text_match1: float | None = Field(default=None, description="Match of caption1 and the crop of image1, -1..1.")
    text_match2: float | None = Field(default=None, description="Match of caption2 and the crop of image2, -1..1.")
    caption_similarity: float | None = Field(default=None, description="Cosine of the two captions' embeddings, -1..1.")


class Region(Frozen):
    """One place where the pair differs: what each image shows there, and how certain that is."""

    box: Box | None = Field(description="The place in image1; null where only image2 extends.")
    box2: Box | None = Field(
        default=None,
        description="The place in image2, in its own pixels; null where only image1 extends, and in records of "
        "schema version 1.",
    )
    mask: Mask | None = Field(default=None, description="The changed pixels; null if the backend has no masks.")
    change: Change = Field(description="Kind of change; `changed` if the evidence does not decide.")
    difference: Share = Field(
        description="How different both images are here, 0..1; regions are sorted by it, kept ones first."
    )
    confidence: Share | None = Field(
        default=None,
        description="Probability that something changed here, calibrated on generated pairs; "
        "null if the backend is not calibrated.",
    )
    moved_to: Box | None = Field(
        default=None,
        description="Where image2 shows the object that image1 shows here, in pixels of image1; null unless it moved.",
    )
    moved_from: Box | None = Field(
        default=None, description="Where image1 shows the object that image2 shows here; null unless it moved."
    )
    label1: str | None = Field(default=None, description="Noun for what image1 shows here; null without evidence.")
    label2: str | None = Field(default=None, description="Noun for what image2 shows here; null without evidence.")
    caption1: str | None = Field(
        default=None, description="What image1 shows here: sentences or a noun phrase; null without evidence."
    )
    caption2: str | None = Field(
        default=None, description="What image2 shows here: sentences or a noun phrase; null without evidence."
    )
    text1: str | None = Field(default=None, description="Text read in image1 here; null without confidence in it.")
    text2: str | None = Field(default=None, description="Text read in image2 here; null without confidence in it.")
    caption: str | None = Field(
        default=None, description="One sentence that describes the change; null without evidence."
    )
    words: tuple[Word, ...] = Field(default=(), description="The source of each word of the captions.")
    check: Check | None = Field(default=None, description="The check of `caption`; null without a caption.")
    scores: Scores = Field(default=Scores(), description="The measurements behind labels and gates.")
    kept: bool = Field(description="False for a proposal that a gate rejected; `reasons` name the gate.")
    reasons: tuple[Reason, ...] = Field(
        default=(), description="Gates that fired, whether they rejected the region or not."
    )

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.box is None and self.box2 is None:
            raise ValueError("a region has a box, a box2 or both")
        return self


class EditScores(Frozen):
    """How well the edit matches the request; null where nothing was measured."""

    before: float | None = Field(
        default=None,
        description="Detection score of the old object at its place after the edit, 0..1; 0 means that it is gone.",
    )
    after: float | None = Field(default=None, description="Detection score of the new object at its place, 0..1.")
    outside_psnr: float | None = Field(
        default=None, description="PSNR of the pixels outside the mask in dB; 99, the most, means untouched."
    )
    outside_perceptual: float | None = Field(
        default=None, description="LPIPS of the pixels outside the mask; 0 means equal."
    )
    found: Share | None = Field(
        default=None,
        description="Least IoU of the edit's boxes with detection's regions; of a regenerated pair 1 if a kept region "
        "matches an exchanged noun, else 0, and null if none could be matched.",
    )
    elsewhere: int | None = Field(default=None, ge=0, description="Regions outside the edit that detection kept.")


class Edit(Frozen):
    """The edit that made image2 out of image1 in a synthesis."""

    operation: Operation = Field(description="What was done.")
    box: Box
    boxes: tuple[Box, ...] = Field(default=(), description="Every place that changed; two if an object moved.")
    located_by: LocatedBy = Field(
        default=LocatedBy.EDIT,
        description="What the boxes rest on: the `edit` itself, the generator's `attention` to the exchanged nouns, "
        "detected `objects` or `regions` that match them, or, as a guess, the largest change of `pixels`.",
    )
    mask: Mask | None = Field(default=None, description="The edited pixels.")
    regenerated: bool = Field(
        default=False,
        description="Whether a network made every pixel of image2; if not, all but the edited ones are image1's.",
    )
    before: str | None = Field(default=None, description="Noun for what was there before.")
    after: str | None = Field(default=None, description="Noun for what is there now; null if it was removed.")
    also: tuple[str, ...] = Field(default=(), description="Nouns of what the object held or carried along with it.")
    donor: DonorUse | None = Field(
        default=None, description="Where the new object was copied from; null unless it came from another image."
    )
    instruction: str | None = Field(
        default=None, description="What an editing model was told; null for pairs that are made in other ways."
    )
    seed: int = Field(description="Seed of the request; the same request, seed, index and round give the same bytes.")
    index: int = Field(default=0, ge=0, description="Which of the `count` pairs.")
    round: int = Field(default=0, ge=0, description="Earlier attempts at this pair that were rejected.")
    scores: EditScores = Field(
        default=EditScores(), description="Whether the edit is visible, and nothing else changed."
    )


class Question(Frozen):
    """A two-option question with its answer, for training and evaluation (the paper's second task)."""

    text: str = Field(description="The question about the two images side by side.")
    left: Literal["image1", "image2"] = Field(description="The image on the left; drawn from the seed and image1.")
    options: dict[Literal["A", "B"], str] = Field(description="The two options.")
    answer: Literal["A", "B"] = Field(description="The right option.")
    box: Box | None = Field(
        default=None,
        description="The box that is red in both images of `GET /v1/records/{id}/question`; null in records of earlier "
        "versions.",
    )
    caption1: str | None = Field(default=None, description="What image1 shows at the place; null without evidence.")
    caption2: str | None = Field(default=None, description="What image2 shows at the place; null without evidence.")
    match_shown: float | None = Field(
        default=None,
        description="Image-text match of the object's description and the crop that shows it; null if not measured.",
    )
    match_erased: float | None = Field(default=None, description="The same of the crop that does not show the object.")
    reasons: tuple[Reason, ...] = Field(default=(), description="Gates on the question that fired.")


class Source(Frozen):
    """Where the pair came from."""

    kind: Literal["upload", "synthesis"] = Field(description="A pair that the client sent, or one that imgdiff made.")
    caption1: str | None = Field(default=None, description="Caption of image1: the client's, or what made it.")
    caption2: str | None = Field(default=None, description="Caption of image2: the client's, or what made it.")
    instruction: str | None = Field(
        default=None, exclude_if=lambda one: one is None, description="What the client says was done to image1."
    )
    edit: Edit | None = Field(default=None, description="The true edit; null unless imgdiff made the pair.")


class ModelUse(Frozen):
    """A model that was used for a record."""

    stage: str = Field(description="Stage that ran it: editing, detection or captioning.")
    name: str = Field(description="Name in the weight manifest.")
    version: str = Field(description="Version of the package, or revision of the repository, of the weights.")
    sha256: str = Field(description="SHA-256 of the weight file.")
    licence: str = Field(description="SPDX identifier of the weights' licence.")


class Provenance(Frozen):
    """Everything needed to make the record again."""

    version: str = Field(description="Version of imgdiff.")
    policy: Policy = Field(description="Effective policy.")
    parameters: dict[str, JsonValue] = Field(default={}, description="Options and effective thresholds by name.")
    models: tuple[ModelUse, ...] = Field(default=(), description="Every model that was used.")
    seeds: tuple[int, ...] = Field(default=(), description="Seeds, in the order of use.")
    seconds: dict[str, float] = Field(default={}, description="Seconds spent, by stage.")


class Record(Frozen):
    """The finished result for one pair of images."""

    id: str = Field(pattern=r"^rec_[0-9a-f]{32}$", description="Identifier of the record.")
    schema_version: Literal[1, 2] = Field(default=SCHEMA_VERSION, description="Version of this document's shape.")
    job: str = Field(description="Job that made the record.")
    dataset: str = Field(description="Dataset that the record belongs to.")
    created_at: datetime = Field(description="When the record was made, UTC.")
    source: Source
    scene: AssetId | None = Field(
        default=None, description="Its scene: the image that was first seen of it; null in records of earlier versions."
    )
    image1: RecordImage = Field(description="The image before the change.")
    image2: RecordImage = Field(description="The image after the change.")
    alignment: Alignment
    similarity: float | None = Field(default=None, description="Cosine of the two whole images' embeddings, -1..1.")
    verdict: Verdict = Field(
        description="`different` if a region is kept or the pair differs as a whole, `same` if both images were "
        "compared and neither holds, `unrelated` for different scenes, `undetermined` if the images could not be "
        "compared whole or a gate rejected them before; `reasons` state why."
    )
    confidence: Share | None = Field(
        default=None,
        description="Probability that the verdict is right, calibrated on generated pairs; "
        "null if the backend is not calibrated.",
    )
    caption: str | None = Field(default=None, description="One text for the whole pair.")
    pair_changes: tuple[PairChange, ...] = Field(
        default=(), description="What differs as a whole: size, light, sharpness and the like."
    )
    verification: Verification = Field(
        default=Verification(), description="Outcomes of the checks of the kept regions' sentences."
    )
    regions: tuple[Region, ...] = Field(default=(), description="Kept regions first, then by descending difference.")
    reasons: tuple[Reason, ...] = Field(
        default=(), description="Why the pair was rejected, found the same, or not judged."
    )
    question: Question | None = Field(
        default=None,
        description="Which image shows the object that the edit removed or added; null for other edits and uploads.",
    )
    provenance: Provenance
    metadata: dict[str, JsonValue] | None = Field(default=None, description="The client's own JSON object, unchanged.")
    review: Review = Field(
        default=Review(), description="What reviewers think of it; all else stays as the models said."
    )
