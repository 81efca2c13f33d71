"""The images that lines of a batch name."""

from collections.abc import Collection

from sqlalchemy import select

from gateway.store import assets
from gateway.store.database import Session
from gateway.store.tables import AssetRow
from imgdiff.datasets import Asset


def use_images(session: Session, asset_ids: Collection[str]) -> dict[str, Asset]:
    """Those of these images that exist, by id; noted as used, so that none is deleted while the batch is open."""
    found = assets.use(session, asset_ids)
    rows = session.scalars(select(AssetRow).where(AssetRow.id.in_(found)))
    return {row.id: Asset.model_validate(row, from_attributes=True) for row in rows}
