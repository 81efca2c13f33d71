"""Datasets, pages of records, uploaded assets and the models in use: the small documents of the gateway."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.options import DatasetName
from imgdiff.records import AssetId, ModelUse, Record


class NewDataset(Frozen):
    """JSON body of `POST /v1/datasets`."""

    name: DatasetName = Field(description="Name, unique.")
    description: str = Field(default="", max_length=2000, description="What it holds.")


class Dataset(Frozen):
    """A named collection of records."""

    name: str = Field(description="Name.")
    description: str = Field(default="", description="What it holds.")
    created_at: datetime = Field(description="When it was created, UTC.")
    records: int = Field(ge=0, description="Records in it.")
    verdicts: dict[str, int] = Field(default={}, description="Records by verdict.")


class DatasetPage(Frozen):
    """All datasets, by name."""

    datasets: tuple[Dataset, ...] = Field(description="The datasets.")
    next_cursor: str | None = Field(default=None, description="Opaque; null ends.")


class RecordPage(Frozen):
    """A page of records, oldest first."""

    records: tuple[Record, ...] = Field(description="The records.")
    next_cursor: str | None = Field(default=None, description="Opaque; pass as `cursor` for the next page. Null ends.")


class Asset(Frozen):
    """One stored image."""

    id: AssetId
    width: int = Field(description="Width in pixels.")
    height: int = Field(description="Height in pixels.")
    media_type: Literal["image/png", "image/jpeg", "image/webp"] = Field(description="Of the stored bytes.")
    size: int = Field(description="Stored bytes.")
    created_at: datetime = Field(description="When it was first stored, UTC.")


class ServiceModels(Frozen):
    """What one service runs."""

    service: str = Field(description="editing, detection or captioning.")
    ready: bool = Field(description="Whether it answers and has warmed up.")
    backend: str | None = Field(default=None, description="Backend in use; null when the service does not answer.")
    device: str | None = Field(default=None, description="Device it computes on.")
    models: tuple[ModelUse, ...] = Field(default=(), description="Weights it has loaded.")


class Models(Frozen):
    """Answer of `GET /v1/models`."""

    services: tuple[ServiceModels, ...] = Field(description="The three services.")
