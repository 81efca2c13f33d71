"""The images that lines of a batch name."""

from collections.abc import Collection

from sqlalchemy import select

from gateway.store import assets
from gateway.store.database import Session
from gateway.store.tables import AssetRow
from imgdiff.datasets import Asset
from imgdiff.requests.names import DEFAULT_TENANT


def use_images(session: Session, asset_ids: Collection[str], tenant: str = DEFAULT_TENANT) -> dict[str, Asset]:
    """Those of these images that a tenant holds, by id; noted as used, so that none goes while the batch is open."""
    found = assets.use(session, asset_ids, tenant)
    rows = session.scalars(select(AssetRow).where(AssetRow.id.in_(found)))
    return {row.id: Asset.model_validate(row, from_attributes=True) for row in rows}
