"""Rows of stored images."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select, update

from gateway.store.database import Database, Session
from gateway.store.insertion import insert_new
from gateway.store.objects import AssetStore
from gateway.store.tables import AssetRow
from imgdiff.datasets import Asset


def find(session: Session, asset_id: str) -> Asset | None:
    """The asset of an id."""
    row = session.get(AssetRow, asset_id)
    return None if row is None else Asset.model_validate(row, from_attributes=True)


def keep(
    database: Database,
    store: AssetStore,
    png: bytes,
    size: tuple[int, int],
    lightness: float | None = None,
    fingerprint: str | None = None,
) -> Asset:
    """Store the bytes and the row of an image of `size` (width, height); safe while unused images are deleted."""
    asset_id = store.put(png)
    with database.writing() as session:
        asset = add(session, asset_id, *size, len(png), lightness, fingerprint)
    store.put(png)  # does nothing unless the bytes were deleted before the row was written
    return asset


def add(
    session: Session,
    asset_id: str,
    width: int,
    height: int,
    size: int,
    lightness: float | None = None,
    fingerprint: str | None = None,
) -> Asset:
    """The asset of an id, stored as PNG if it is new; safe when two writers do it at the same time."""
    now = datetime.now(UTC)
    asset = Asset(id=asset_id, width=width, height=height, media_type="image/png", size=size, created_at=now)
    measured = {"lightness": lightness, "fingerprint": fingerprint}
    while not insert_new(session, AssetRow, {**asset.model_dump(), **measured, "used_at": now}):
        row = session.get(AssetRow, asset_id, with_for_update=True, populate_existing=True)
        if row is not None:  # else it was deleted between both statements
            row.used_at, row.lightness = now, lightness if row.lightness is None else row.lightness
            row.fingerprint = row.fingerprint or fingerprint
            return Asset.model_validate(row, from_attributes=True)
    return asset


def use(session: Session, asset_ids: Collection[str]) -> set[str]:
    """Note that these images are used now, so that none of them is deleted; returns the ids of those that exist."""
    named = select(AssetRow.id).where(AssetRow.id.in_(asset_ids)).order_by(AssetRow.id)
    locked = session.scalars(named.with_for_update(key_share=True)).all()  # in order, against deadlocks
    session.execute(update(AssetRow).where(AssetRow.id.in_(locked)).values(used_at=datetime.now(UTC)))
    return set(locked)


def sizes(session: Session, asset_ids: Collection[str]) -> dict[str, int]:
    """Bytes of the assets that exist, by id."""
    rows = session.execute(select(AssetRow.id, AssetRow.size).where(AssetRow.id.in_(asset_ids)))
    return {row.id: row.size for row in rows}


def lightness(session: Session, asset_id: str) -> float | None:
    """Mean lightness of an image, 0..100; None where it is not known."""
    return session.scalar(select(AssetRow.lightness).where(AssetRow.id == asset_id))
