"""The table of frozen versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row


class VersionRow(Row):
    """A frozen version of a dataset: its records up to the sequence `through`, which cannot be deleted.

    `document` is the `DatasetVersion`, `dataset_document` the `Dataset` as it was, which exports describe. Of their
    reviews it has the events up to the sequence `reviewed`.
    """

    __tablename__ = "versions"

    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.name"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    through: Mapped[int] = mapped_column(BigInteger)
    reviewed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    image_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]
    dataset_document: Mapped[dict[str, Any]]
