"""The gateway's small documents: datasets, pages of records, uploaded assets, models in use."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.options import DatasetName
from imgdiff.records import AssetId, ModelUse, NextCursor, Record


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
