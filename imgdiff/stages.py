"""What the gateway and the three services exchange: the JSON beside the image bytes.

Every request is multipart: image files and one part `request` with the JSON below. Every answer is JSON.
Boxes and masks are in image1's pixels, `box2` is in image2's. A service keeps no state between requests.
"""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Base64Bytes, Field, model_validator

from imgdiff.evidence import Check, Word
from imgdiff.frozen import Frozen
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Caption, SynthesisFields
from imgdiff.records import Box, Change, Edit, Mask, ModelUse, Operation, Policy, Reason, Scores, Share, Verdict
from imgdiff.requests.sent import Sent
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.whole_pair import Alignment, PairChange

REVISION_HEADER = "Imgdiff-Revision"
"""The header field of an answer with the revision of the service that gave it; without one, none has to be the same."""


class Content(StrEnum):
    """How the images of a pair were made, which decides what their pixels prove and which networks may name them."""

    PHOTO = "photo"
    DRAWN = "drawn"
    BINARY = "binary"


class StageReport(Frozen):
    """What every stage reports of itself."""

    models: tuple[ModelUse, ...] = Field(default=(), description="Models that took part.")
    parameters: dict[str, float] = Field(default={}, description="Effective thresholds by reason code.")
    seconds: float = Field(ge=0, description="Seconds of work, without waiting.")


class DetectionRequest(Sent):
    """Part `request` of `POST /detect`; the files are `image1` and `image2`."""

    policy: Policy = Policy.DESCRIBE
    align: bool = True
    max_regions: int = Field(default=20, ge=1, le=100)
    thresholds: dict[str, float] = {}
    keep_rejected: bool = True
    caption1: Caption | None = Field(default=None, description="What image1 is known to show.")
    caption2: Caption | None = Field(default=None, description="What image2 is known to show.")
    noun1: str | None = Field(default=None, description="Noun of caption1 that an edit of the caption took away.")
    noun2: str | None = Field(default=None, description="Noun of caption2 that an edit of the caption put in.")


class DetectedRegion(Frozen):
    """A proposal: where it is, how different it is, and whether it passed detection's gates."""

    box: Box | None = Field(description="The place in image1; null where only image2 extends.")
    box2: Box | None = Field(
        default=None, description="The place in image2's own pixels; null where it has none, and in earlier versions."
    )
    mask: Mask | None = None
    difference: Share
    change: Change | None = Field(
        default=None, description="The kind of change where detection alone decides it; null leaves it to captioning."
    )
    crop_similarity: float | None = None
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
    kept: bool
    reasons: tuple[Reason, ...] = ()
    scores: RegionScores | None = Field(
        default=None, description="What the gates compared, unrounded; null in answers of earlier versions."
    )

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.box is None and (self.box2 is None or self.change is None):
            raise ValueError("a region without a box has a box2 and a change")
        return self

    @property
    def is_beyond(self) -> bool:
        """Whether only one of the images extends there."""
        return self.change is not None and (self.box is None or self.box2 is None)

    @property
    def place(self) -> Box:
        """The box in image1 of a region that has one; raises ValueError else."""
        if self.box is None:
            raise ValueError("image1 does not extend to the region")
        return self.box


class Detection(StageReport):
    """Answer of `POST /detect`; kept regions first, then by falling difference."""

    alignment: Alignment
    similarity: float | None = None
    verdict: Verdict
    confidence: Share | None = Field(
        default=None,
        description="Probability that the verdict is right, calibrated on made pairs; "
        "null where the backend is not calibrated.",
    )
    regions: tuple[DetectedRegion, ...] = ()
    pair_changes: tuple[PairChange, ...] = ()
    reasons: tuple[Reason, ...] = ()
    method: Method | None = Field(
        default=None, description="How regions were found, and so the order of the gates; null in earlier versions."
    )
    changed: bool = Field(default=True, description="Whether any pixel changed more than noise explains.")
    content: Content | None = Field(
        default=None, description="How the images were made; null where that was not judged, and in earlier versions."
    )


class AskedObject(Frozen):
    """The object that an edit removed or added; the record's question asks which image shows it."""

    box: Box = Field(description="Its place, the same in both images.")
    shown_in: Literal["image1", "image2"]
    noun: str | None = None

    @classmethod
    def of(cls, edit: Edit) -> Self | None:
        """Null for edits of other operations."""
        match edit.operation:
            case Operation.REMOVE:
                return cls(box=edit.box, shown_in="image1", noun=edit.before)
            case Operation.ADD:
                return cls(box=edit.box, shown_in="image2", noun=edit.after)
            case _:
                return None


class DescribedObject(Frozen):
    """What the question asks for, and how well the description fits either image."""

    description: str = Field(description="The caption of the place that shows the object, else its noun.")
    caption1: str | None = None
    caption2: str | None = None
    match_shown: float = Field(description="Image-text match of the description and the crop that shows the object.")
    match_erased: float = Field(description="The same of the crop that does not show it.")
    reasons: tuple[Reason, ...] = ()


class CaptioningRequest(Sent):
    """Part `request` of `POST /caption`; the files are `image1` and `image2`."""

    policy: Policy = Policy.DESCRIBE
    alignment: Alignment
    verdict: Verdict
    content: Content | None = Field(default=None, description="As detection judged it; null is treated as a photo.")
    regions: tuple[DetectedRegion, ...] = ()
    pair_changes: tuple[PairChange, ...] = ()
    reasons: tuple[Reason, ...] = Field(default=(), description="Detection's reasons about the pair.")
    caption1: Caption | None = None
    caption2: Caption | None = None
    instruction: Caption | None = None
    asked: AskedObject | None = None
    thresholds: dict[str, float] = {}
    language: str = "en"


class CaptionedRegion(Frozen):
    """What was written about one requested region; dropped regions come back without captions."""

    change: Change
    label1: str | None = None
    label2: str | None = None
    caption1: str | None = None
    caption2: str | None = None
    text1: str | None = None
    text2: str | None = None
    caption: str | None = None
    words: tuple[Word, ...] = ()
    check: Check | None = None
    scores: Scores = Scores()
    kept: bool
    reasons: tuple[Reason, ...] = ()


class Captioning(StageReport):
    """Answer of `POST /caption`: one entry for every requested region, in the same order."""

    regions: tuple[CaptionedRegion, ...] = ()
    caption: str | None = None
    described: DescribedObject | None = None
    reasons: tuple[Reason, ...] = ()


class EditingRequest(SynthesisFields):
    """Part `request` of `POST /edit`, which makes one pair; the files are `image` and any number of `donor`.

    Another index or round gives another pair; the same ones give the same bytes, whatever else is in the batch.
    """

    seed: int = Field(ge=0, lt=2**32)
    index: int = Field(default=0, ge=0, description="Which of the `count` pairs to make.")
    round: int = Field(default=0, ge=0, description="Earlier attempts at this pair, none of which was accepted.")
    drawn_donors: bool = Field(default=False, description="The client named no donor; these were drawn.")
    donors: tuple[DonorObject, ...] = Field(
        default=(), description="What each file `donor` is, in their order; without entries they are whole photos."
    )
    thresholds: dict[str, float] = {}


class EditedPair(Frozen):
    """One edit that was made."""

    image1: Base64Bytes | None = Field(
        default=None, description="PNG; the image before the edit. Null when it is the photo that was sent."
    )
    image2: Base64Bytes = Field(description="PNG; the image after the edit, of the same size.")
    caption1: str | None = None
    caption2: str | None = None
    edit: Edit


class Editing(StageReport):
    """Answer of `POST /edit`: the pair, or why there is none."""

    pair: EditedPair | None = None
    reasons: tuple[Reason, ...] = ()

    @model_validator(mode="after")
    def _pair_or_reasons(self) -> Self:
        if (self.pair is None) is not bool(self.reasons):
            raise ValueError("either a pair or the reasons why there is none")
        return self


class ServiceMetadata(Frozen):
    """Answer of `GET /v2/models/{name}` (Open Inference Protocol model metadata, plus what we add)."""

    name: str = Field(description="Service name.")
    versions: tuple[str, ...] = Field(description="Versions served.")
    platform: str = Field(description="Backend, as `imgdiff_<backend>`.")
    inputs: tuple[dict[str, str | list[int]], ...] = ()
    outputs: tuple[dict[str, str | list[int]], ...] = ()
    backend: str
    device: str
    models: tuple[ModelUse, ...] = ()
    revision: str | None = Field(
        default=None,
        description="Digest of all that decides an answer beside the request: version, backend, device, models and "
        "settings. Answers of one revision may be used again; null where the same request may be answered otherwise.",
    )
