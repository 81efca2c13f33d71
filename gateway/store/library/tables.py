"""The table of donors."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row, Sequence


class DonorRow(Row):
    """One object of the library; `document` is all of it, the columns repeat what queries filter by.

    `label` and `category` are keys (`imgdiff.objects.labels`).
    """

    __tablename__ = "donors"
    __table_args__ = (
        Index("ix_donors_tenant", "tenant", "sequence"),
        Index("ix_donors_label", "tenant", "label", "id"),
        Index("ix_donors_category", "tenant", "category", "id"),
        Index("ix_donors_source", "tenant", "source", "sequence"),
        Index("ix_donors_asset", "asset"),
    )

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant: Mapped[str] = mapped_column(String(64), server_default="default")
    asset: Mapped[str] = mapped_column(ForeignKey("assets.id"))
    label: Mapped[str] = mapped_column(String(200))
    category: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(500))
    reference: Mapped[str | None] = mapped_column(String(200))
    licence: Mapped[str] = mapped_column(String(200))
    pixels: Mapped[int]
    share: Mapped[float]
    cut_off: Mapped[bool]
    occluded: Mapped[bool | None]
    outlined: Mapped[bool]
    document: Mapped[dict[str, Any]]
