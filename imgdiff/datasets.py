"""The gateway's small documents: datasets, pages of records, uploaded assets, donors, models in use."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.objects.donors import DonorId, DonorObject
from imgdiff.options import DatasetName, ImageRef
from imgdiff.records import AssetId, Box, Mask, ModelUse, NextCursor, Record, Share
from imgdiff.requests.names import Name, Origin
from imgdiff.requests.places import GivenMask


class NewDataset(Frozen):
    """JSON body of `POST /v1/datasets`."""

    name: DatasetName = Field(description="Unique name.")
    description: str = Field(default="", max_length=2000, description="What the dataset contains.")


class Dataset(Frozen):
    """A named collection of records."""

    name: str = Field(description="Name of the dataset.")
    description: str = Field(default="", description="What the dataset contains.")
    created_at: datetime = Field(description="When the dataset was created, UTC.")
    records: int = Field(ge=0, description="Number of records.")
    verdicts: dict[str, int] = Field(default={}, description="Number of records by verdict.")


class DatasetPage(Frozen):
    """A page of datasets, by name."""

    datasets: tuple[Dataset, ...] = Field(description="The datasets.")
    next_cursor: NextCursor = None


class RecordPage(Frozen):
    """A page of records, oldest first."""

    records: tuple[Record, ...] = Field(description="The records.")
    next_cursor: NextCursor = None


class Asset(Frozen):
    """One stored image."""

    id: AssetId
    width: int = Field(description="Width in pixels.")
    height: int = Field(description="Height in pixels.")
    media_type: Literal["image/png", "image/jpeg", "image/webp"] = Field(description="Media type of the stored bytes.")
    size: int = Field(description="Size of the stored image in bytes.")
    created_at: datetime = Field(description="When the image was first stored, UTC.")


class NewDonor(Frozen):
    """One object of an image. Its place is a mask, COCO's polygons or a box; of a cut-out it is what is opaque."""

    label: Name = Field(description="Noun for the object.")
    category: Name | None = Field(
        default=None, description="What objects may replace one another, such as COCO's supercategory."
    )
    mask: GivenMask | None = Field(default=None, description="Outline as COCO run lengths of either form.")
    polygons: list[list[float]] | None = Field(
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
