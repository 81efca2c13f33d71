"""The gateway's small documents: datasets, pages of records, uploaded assets, donors, models in use."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from imgdiff.frozen import Frozen
from imgdiff.objects.donors import DonorId, DonorObject
from imgdiff.options import DatasetName, ImageRef
from imgdiff.records import AssetId, Box, Mask, ModelUse, NextCursor, Record, Share
from imgdiff.requests.names import Name, Origin
from imgdiff.requests.places import GivenMask
from imgdiff.requests.sent import Sent
from imgdiff.reviews.documents import ReviewEvent

Description = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$", description="What it contains or is for.")]
Tags = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=64)], ...],
    Field(max_length=50, description="Words to find it by; repeated ones count once."),
    AfterValidator(lambda tags: tuple(sorted(set(tags)))),
]
MOST_POLYGONS = 1000  # of one object; chosen, not measured
_Polygon = Annotated[list[float], Field(min_length=6)]


class NewDataset(Sent):
    """JSON body of `POST /v1/datasets`."""

    name: DatasetName = Field(description="Unique name.")
    description: Description = ""
    tags: Tags = ()


class DatasetChange(Sent):
    """JSON body of `PATCH /v1/datasets/{name}`; what is null or missing stays as it is."""

    description: Description | None = None
    tags: Tags | None = None


class Dataset(Frozen):
    """A named collection of records."""

    name: str = Field(description="Name of the dataset.")
    description: str = Field(default="", description="What the dataset contains.")
    tags: tuple[str, ...] = Field(default=(), description="Words to find it by, in order.")
    created_at: datetime = Field(description="When the dataset was created, UTC.")
    records: int = Field(ge=0, description="Number of records.")
    verdicts: dict[str, int] = Field(default={}, description="Number of records by verdict.")


class DatasetPage(Frozen):
    """A page of datasets, by name."""

    datasets: tuple[Dataset, ...] = Field(description="The datasets.")
    next_cursor: NextCursor = None


class NewVersion(Sent):
    """JSON body of `POST /v1/datasets/{name}/versions`."""

    name: DatasetName = Field(description="Name of the version, unique in its dataset.")
    description: Description = ""


class Rejections(Frozen):
    """What gates of a dataset rejected, by reason code; none of it is a record, so no export holds it."""

    pairs: dict[str, int] = Field(description="Pairs without a record, by what ended their last attempt.")
    attempts: dict[str, int] = Field(description="Attempts that another one followed, by what ended them.")


class DatasetVersion(Frozen):
    """A frozen version of a dataset: exactly these records, none of which can be deleted."""

    dataset: str = Field(description="Name of the dataset.")
    name: str = Field(description="Name of the version.")
    description: str = Field(default="", description="What the version is for.")
    created_at: datetime = Field(description="When the version was frozen, UTC.")
    records: int = Field(ge=0, description="Number of records.")
    verdicts: dict[str, int] = Field(default={}, description="Number of records by verdict.")
    digest: str = Field(
        description="SHA-256 of the ids of its records, oldest first, each followed by a line feed: the same digest "
        "means the same records."
    )
    rejections: Rejections | None = Field(
        default=None, description="What had been rejected until then; null in versions of earlier releases."
    )


class VersionPage(Frozen):
    """A page of versions, by name."""

    versions: tuple[DatasetVersion, ...] = Field(description="The versions.")
    next_cursor: NextCursor = None


class RecordPage(Frozen):
    """A page of records. With filters it may hold fewer than were asked for, or none, and not be last."""

    records: tuple[Record, ...] = Field(description="The records.")
    next_cursor: NextCursor = None


class ReviewPage(Frozen):
    """A page of a record's reviews, oldest first."""

    reviews: tuple[ReviewEvent, ...] = Field(description="The events.")
    next_cursor: NextCursor = None


class Asset(Frozen):
    """One stored image."""

    id: AssetId
    width: int = Field(description="Width in pixels.")
    height: int = Field(description="Height in pixels.")
    media_type: Literal["image/png", "image/jpeg", "image/webp"] = Field(description="Media type of the stored bytes.")
    size: int = Field(description="Size of the stored image in bytes.")
    created_at: datetime = Field(description="When the image was first stored, UTC.")


class Pruned(Frozen):
    """What one part of a clean-up of stored images deleted."""

    assets: int = Field(ge=0, description="Images that were deleted.")
    bytes: int = Field(ge=0, description="Their size in bytes.")
    next_cursor: NextCursor = None


class NewDonor(Sent):
    """One object of an image. Its place is a mask, COCO's polygons or a box; of a cut-out it is what is opaque."""

    label: Name = Field(description="Noun for the object.")
    category: Name | None = Field(
        default=None, description="What objects may replace one another, such as COCO's supercategory."
    )
    mask: GivenMask | None = Field(default=None, description="Outline as COCO run lengths of either form.")
    polygons: Annotated[list[_Polygon], Field(min_length=1, max_length=MOST_POLYGONS)] | None = Field(
        default=None, description="Outline as COCO's polygons [x1, y1, x2, y2, ...], in place of a mask."
    )
    box: Box | None = Field(default=None, description="Box, where the outline is not known.")
    occluded: bool | None = Field(
        default=None, description="Whether something hides a part of the object; null where that is not known."
    )
    source: Origin = Field(description="Where the image comes from, such as its URL.")
    reference: Name | None = Field(default=None, description="The object's name at its source, such as an annotation.")
    licence: Name = Field(description="Licence of the image, as an SPDX identifier where it has one.")


class DonorRequest(NewDonor):
    """JSON body of `POST /v1/donors`."""

    image: ImageRef = Field(description="The image that shows the object, or a cut-out with transparency.")


class DonorView(Frozen):
    """How the image shows the object, as far as its place tells; from which side is not known."""

    aspect: float = Field(description="Width of the box divided by its height.")
    cut_off: bool = Field(description="Whether it touches a border of its image, so that a part may be missing.")
    parts: int | None = Field(
        description="Parts of the outline that are apart; more than one if something in front divides the object. "
        "Null without an outline."
    )
    occluded: bool | None = Field(
        description="Whether something hides a part of it: as the source states it, else true where the outline has "
        "several parts and null where that is not known."
    )


class Donor(Frozen):
    """One object of the library that syntheses can copy."""

    id: DonorId
    asset: AssetId
    label: str = Field(description="Noun for the object.")
    category: str | None = Field(default=None, description="What objects may replace one another; null if not known.")
    box: Box
    mask: Mask | None = Field(default=None, description="Outline; null where only the box is known.")
    pixels: int = Field(ge=1, description="Pixels inside the outline, or else inside the box.")
    share: Share = Field(description="These pixels as a share of the image.")
    view: DonorView
    source: str = Field(description="Where the image comes from.")
    reference: str | None = Field(default=None, description="The object's name at its source; null if it has none.")
    licence: str = Field(description="Licence of the image.")
    created_at: datetime = Field(description="When the donor was added, UTC.")

    def as_object(self) -> DonorObject:
        """The donor as editing gets it."""
        return DonorObject(
            id=self.id,
            asset=self.asset,
            label=self.label,
            source=self.source,
            licence=self.licence,
            mask=self.mask,
            box=self.box,
        )


class DonorPage(Frozen):
    """A page of donors, oldest first."""

    donors: tuple[Donor, ...] = Field(description="The donors.")
    next_cursor: NextCursor = None


class ServiceModels(Frozen):
    """Backend, device and models of one service."""

    service: str = Field(description="editing, detection or captioning.")
    ready: bool = Field(description="Whether the service responds and has warmed up.")
    backend: str | None = Field(default=None, description="Backend in use; null if the service does not respond.")
    device: str | None = Field(default=None, description="Device that the backend runs on.")
    models: tuple[ModelUse, ...] = Field(default=(), description="Models that are loaded.")


class Models(Frozen):
    """Response of `GET /v1/models`."""

    services: tuple[ServiceModels, ...] = Field(description="The three services.")
