"""What a client may request: the options of both submissions, and a synthesis."""

import json
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, field_validator

from imgdiff.objects.donors import DonorId
from imgdiff.records import DATASET_NAME, AssetId, Box, Operation, Policy
from imgdiff.requests.names import Name
from imgdiff.requests.places import GivenMask
from imgdiff.requests.sent import Sent
from imgdiff.requests.values import Form, JsonObject
from imgdiff.rules.reasons import TUNABLE
from imgdiff.webhooks.urls import WebhookUrl

METADATA_BYTES = 4096  # of JSON; chosen, not measured
REGIONS_DESCRIBE = 20  # kept regions of a pair at most; chosen, not measured
REGIONS_CURATE = 5  # the paper's N (section 15.3)


def _dataset(name: str) -> str:
    if not DATASET_NAME.fullmatch(name):
        raise ValueError(
            "a dataset name is 1..64 characters of a-z, 0-9, '.', '_', '-', starting with a letter or digit"
        )
    return name


DatasetName = Annotated[str, AfterValidator(_dataset), Form(DATASET_NAME.pattern)]
Caption = Annotated[str, Field(min_length=1, max_length=2000)]


class Options(Sent):
    """Options of both submissions."""

    policy: Policy | None = Field(
        default=None,
        description="`describe` reports the gates that fire, `curate` enforces the paper's. "
        "Default: describe for pairs, curate for syntheses.",
    )
    dataset: DatasetName = Field(default="default", description="Dataset that the records are added to.")
    max_regions: int | None = Field(
        default=None, ge=1, le=100, description="Most regions to keep. Default: 20 under describe, 5 under curate."
    )
    align: bool = Field(default=True, description="Align image2 with image1 before the comparison.")
    caption1: Caption | None = Field(default=None, description="What image1 is known to show.")
    caption2: Caption | None = Field(default=None, description="What image2 is known to show.")
    instruction: Caption | None = Field(
        default=None,
        description="What is said to have been done to image1, as an instruction or a sentence in English. Compared "
        "with the images, as the captions are, to find a swapped pair (`pair.swapped`).",
    )
    thresholds: dict[str, float] = Field(
        default={},
        description="Thresholds to use instead, by reason code.",
        json_schema_extra={"propertyNames": {"enum": [*sorted(TUNABLE)]}},
    )
    language: Literal["en"] = Field(default="en", description="Language of the captions.")
    keep_rejected: bool = Field(default=True, description="Keep dropped regions in the record, with their reasons.")
    fresh: bool = Field(
        default=False, description="Ask the services again also where an earlier job has asked them the same."
    )
    deadline_seconds: float | None = Field(
        default=None, gt=0, le=86400, description="Seconds after which an unfinished job expires."
    )
    start_deadline_seconds: float | None = Field(
        default=None, gt=0, le=86400, description="Seconds after which a job that has not begun expires."
    )
    webhook: WebhookUrl | None = Field(
        default=None,
        description="URL that gets the end of the job and each of its records as CloudEvents, signed as Standard "
        "Webhooks; `GET /v1/webhooks` then has it, with its secret.",
    )
    metadata: JsonObject | None = Field(
        default=None, description="Your own JSON object, at most 4 kB, returned unchanged."
    )

    @field_validator("thresholds")
    @classmethod
    def _known_gates(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(value) - TUNABLE)
        if unknown:
            raise ValueError(f"unknown gate {unknown[0]!r}; known: {', '.join(sorted(TUNABLE))}")
        return value

    @field_validator("metadata")
    @classmethod
    def _small(cls, value: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        if value is not None and len(json.dumps(value).encode()) > METADATA_BYTES:
            raise ValueError(f"metadata is larger than {METADATA_BYTES} bytes")
        return value

    def settled(self, default_policy: Policy) -> "Options":
        """These options with policy and max_regions filled in."""
        policy = self.policy or default_policy
        regions = self.max_regions or (REGIONS_CURATE if policy is Policy.CURATE else REGIONS_DESCRIBE)
        return self.model_copy(update={"policy": policy, "max_regions": regions})


class AssetRef(Sent):
    """An image uploaded earlier."""

    asset: AssetId


class InlineRef(Sent):
    """An image inside the JSON body."""

    base64: str = Field(
        min_length=1, description="The image file in base64, also URL-safe, without padding, or as a data URI."
    )


class UrlRef(Sent):
    """An image to fetch; refused unless the operator allows it."""

    url: str = Field(min_length=1, max_length=2000, description="URL of the image.")


ImageRef = AssetRef | InlineRef | UrlRef


class DifferenceCaptionsRequest(Sent):
    """JSON body of `POST /v1/difference-captions`."""

    image1: ImageRef = Field(description="Before / left.")
    image2: ImageRef = Field(description="After / right.")
    options: Options = Options()


class DonorsFrom(StrEnum):
    """Where a synthesis that names no donor looks for one."""

    LIBRARY = "library"
    DATASET = "dataset"
    ANY = "any"


class DonorRef(Sent):
    """An object of the library of donors."""

    donor: DonorId


class SynthesisFields(Sent):
    """What to synthesise, without the images; the form fields of a multipart request."""

    caption: Caption | None = Field(
        default=None, description="Caption of image1, for backends that generate both images."
    )
    operation: Operation = Field(description="The edit to make.")
    target: Name | None = Field(default=None, description="Object to edit, as a noun; chosen by imgdiff if null.")
    target_mask: GivenMask | None = Field(
        default=None,
        description="Outline of the object to edit in the photo's pixels, as COCO run lengths of either form; "
        "`target` is then its noun.",
    )
    target_box: Box | None = Field(
        default=None, description="Box of the object to edit in the photo's pixels; `target` is then its noun."
    )
    replacement: Name | None = Field(
        default=None, description="The new object, as a noun, for replace and add; the new colour for recolour."
    )
    donors_from: DonorsFrom = Field(
        default=DonorsFrom.ANY,
        description="Where replace and add look for the new object if no donor is named: in the library of donors, in "
        "the dataset's own photos, or in the library and, where it has too few, in the photos.",
    )
    donor_licences: tuple[Name, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=100,  # SQLite takes no expression of a thousand parts; chosen, not measured
        description="Licences that donors may have; one that ends in `*` stands for all that begin so. The dataset's "
        "photos have none and are left out. Null allows any.",
    )
    count: int = Field(default=1, ge=1, le=64, description="Pairs to make.")
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Seed; drawn and recorded if null.")

    @field_validator("target_mask", "target_box")
    @classmethod
    def _of_an_object(cls, value: GivenMask | Box | None, info: ValidationInfo) -> GivenMask | Box | None:
        if value is not None and info.data.get("operation") is Operation.ADD:
            raise ValueError("`add` edits no object of the photo; leave the place out")
        return value

    @property
    def has_place(self) -> bool:
        """Whether the client marked the object to edit."""
        return self.target_mask is not None or self.target_box is not None


class SynthesisRequest(SynthesisFields):
    """JSON body of `POST /v1/syntheses`."""

    image: ImageRef | None = Field(default=None, description="Photo to edit.")
    donor: ImageRef | DonorRef | None = Field(
        default=None, description="Photo that the new object is cut from, or an object of the library of donors."
    )
    options: Options = Options()

    @property
    def fields(self) -> SynthesisFields:
        """The request without images and options."""
        return SynthesisFields.model_validate(self.model_dump(exclude={"image", "donor", "options"}))
