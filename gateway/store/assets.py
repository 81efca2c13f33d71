"""Rows of stored images."""

from datetime import UTC, datetime

from sqlalchemy import select

from gateway.store.database import Session
from gateway.store.insertion import insert_new
from gateway.store.tables import AssetRow
from imgdiff.datasets import Asset


def find(session: Session, asset_id: str) -> Asset | None:
    """The asset of an id."""
    row = session.get(AssetRow, asset_id)
    return None if row is None else Asset.model_validate(row, from_attributes=True)


def add(session: Session, asset_id: str, width: int, height: int, size: int, lightness: float | None = None) -> Asset:
    """The asset of an id, stored as PNG if it is new; safe when two writers do it at the same time."""
    row = session.get(AssetRow, asset_id)
    if row is not None:
        row.lightness = lightness if row.lightness is None else row.lightness
        return Asset.model_validate(row, from_attributes=True)
    now = datetime.now(UTC)
    asset = Asset(id=asset_id, width=width, height=height, media_type="image/png", size=size, created_at=now)
    insert_new(session, AssetRow, {**asset.model_dump(), "lightness": lightness})
    return asset


def lightness(session: Session, asset_id: str) -> float | None:
    """Mean lightness of an image, 0..100; None where it is not known."""
    return session.scalar(select(AssetRow.lightness).where(AssetRow.id == asset_id))
