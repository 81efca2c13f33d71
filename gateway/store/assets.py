"""Rows of stored images, and who holds them: their owner, and tenants with a grant.

Whoever changes who holds an image holds the lock on its row.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.store.database import Database, Session
from gateway.store.execution import execute, table_of
from gateway.store.insertion import insert_new
from gateway.store.objects import AssetStore
from gateway.store.tables import AssetRow, GrantRow
from imgdiff.datasets import Asset
from imgdiff.errors import NotFound
from imgdiff.requests.names import DEFAULT_TENANT

_ASSETS, _GRANTS = table_of(AssetRow), table_of(GrantRow)
_FIND = select(*(_ASSETS.c[name] for name in Asset.model_fields)).where(_ASSETS.c.id == bindparam("this"))
_THESE = _ASSETS.c.id.in_(bindparam("ids", expanding=True))
_OWNERS = select(_ASSETS.c.id, _ASSETS.c.owner).where(_THESE).order_by(_ASSETS.c.id).with_for_update(key_share=True)
_SIZES = select(_ASSETS.c.id, _ASSETS.c.width, _ASSETS.c.height).where(_THESE)
_USE = update(_ASSETS).where(_THESE).values(used_at=bindparam("now"))
_HELD = select(_ASSETS.c.created_at).where(_ASSETS.c.id == bindparam("this"), _ASSETS.c.owner == bindparam("holder"))
_GRANTED = select(_GRANTS.c.created_at).where(
    _GRANTS.c.asset == bindparam("this"), _GRANTS.c.tenant == bindparam("holder")
)


def find(session: Session, asset_id: str) -> Asset | None:
    """The asset of an id, whoever holds it."""
    row = execute(session, _FIND, {"this": asset_id}).one_or_none()
    return None if row is None else Asset.model_validate(row, from_attributes=True)


def keep(
    database: Database,
    store: AssetStore,
    png: bytes,
    size: tuple[int, int],
    lightness: float | None = None,
    fingerprint: str | None = None,
    tenant: str = DEFAULT_TENANT,
) -> Asset:
    """Store the bytes and the row of an image of `size` (width, height); safe while unused images are deleted."""
    asset_id = store.put(png)
    with database.writing() as session:
        asset = add(session, asset_id, *size, len(png), lightness=lightness, fingerprint=fingerprint, tenant=tenant)
    store.put(png)  # does nothing unless the bytes were deleted before the row was written
    return asset


def add(  # noqa: PLR0913  the columns of a row
    session: Session,
    asset_id: str,
    width: int,
    height: int,
    size: int,
    *,
    lightness: float | None = None,
    fingerprint: str | None = None,
    tenant: str = DEFAULT_TENANT,
) -> Asset:
    """The asset of an id, which the tenant holds from now on, stored as PNG if it is new.

    Safe when two writers do it at the same time. Its time is the tenant's own, so that it tells nothing of others.
    """
    now = datetime.now(UTC)
    asset = Asset(id=asset_id, width=width, height=height, media_type="image/png", size=size, created_at=now)
    measured = {"lightness": lightness, "fingerprint": fingerprint, "owner": tenant}
    while not insert_new(session, AssetRow, {**asset.model_dump(), **measured, "used_at": now}):
        row = session.get(AssetRow, asset_id, with_for_update=True, populate_existing=True)
        if row is not None:  # else it was deleted between both statements
            row.lightness = lightness if row.lightness is None else row.lightness
            row.fingerprint = row.fingerprint or fingerprint
            since = _give(session, row, tenant, now)
            return Asset.model_validate(row, from_attributes=True).model_copy(update={"created_at": since})
    return asset


def use(session: Session, asset_ids: Collection[str], tenant: str = DEFAULT_TENANT) -> set[str]:
    """Note that a tenant uses these images now, so that it loses none of them; returns the ids of those it holds."""
    return use_all(session, {tenant: asset_ids})[tenant]


def use_all(session: Session, named: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """The same for several tenants, whose images are locked in one order, against deadlocks."""
    everything = {one for ids in named.values() for one in ids}
    owners = {row.id: row.owner for row in execute(session, _OWNERS, {"ids": list(everything)})}
    now, held = datetime.now(UTC), {}
    for tenant, ids in named.items():
        owned = {one for one in ids if owners.get(one) == tenant}
        granted = _use_granted(session, [one for one in ids if one in owners and one not in owned], tenant, now)
        execute(session, _USE, {"ids": list(owned), "now": now})
        held[tenant] = owned | granted
    return held


def find_held(session: Session, asset_id: str, tenant: str) -> Asset:
    """The asset of an id with the tenant's own time; raises NotFound unless the tenant holds it."""
    asset, since = find(session, asset_id), held_since(session, asset_id, tenant)
    if asset is None or since is None:
        raise NotFound(f"there is no asset {asset_id!r}")
    return asset.model_copy(update={"created_at": since})


def held_since(session: Session, asset_id: str, tenant: str) -> datetime | None:
    """Since when a tenant holds an image; None unless it does."""
    held = {"this": asset_id, "holder": tenant}
    return execute(session, _HELD, held).scalar() or execute(session, _GRANTED, held).scalar()


def release(session: Session, asset_ids: Collection[str], tenant: str) -> set[str]:
    """Take images, whose rows are locked, from a tenant; returns those that nobody holds any more.

    Of an image that others hold the oldest of these becomes the owner.
    """
    session.execute(delete(GrantRow).where(GrantRow.tenant == tenant, GrantRow.asset.in_(asset_ids)))
    owned = set(session.scalars(select(AssetRow.id).where(AssetRow.id.in_(asset_ids), AssetRow.owner == tenant)))
    others = select(GrantRow).where(GrantRow.asset.in_(owned)).order_by(GrantRow.created_at, GrantRow.tenant)
    heirs: dict[str, GrantRow] = {}
    for grant in session.scalars(others):
        heirs.setdefault(grant.asset, grant)
    for asset_id, heir in heirs.items():
        values = {"owner": heir.tenant, "created_at": heir.created_at, "used_at": heir.used_at}
        session.execute(update(AssetRow).where(AssetRow.id == asset_id).values(**values))
        session.delete(heir)
    session.flush()
    return owned - set(heirs)


def sizes(session: Session, asset_ids: Collection[str]) -> dict[str, int]:
    """Bytes of the assets that exist, by id."""
    rows = session.execute(select(AssetRow.id, AssetRow.size).where(AssetRow.id.in_(asset_ids)))
    return {row.id: row.size for row in rows}


def pixels(session: Session, asset_ids: Collection[str]) -> dict[str, int]:
    """Pixels of the assets that exist, by id."""
    return {row.id: row.width * row.height for row in execute(session, _SIZES, {"ids": list(asset_ids)})}


def lightness(session: Session, asset_id: str) -> float | None:
    """Mean lightness of an image, 0..100; None where it is not known."""
    return session.scalar(select(AssetRow.lightness).where(AssetRow.id == asset_id))


def _give(session: Session, row: AssetRow, tenant: str, now: datetime) -> datetime:
    """Let a tenant hold an image, whose row is locked, and note that it uses it now; returns since when it holds it."""
    if row.owner == tenant:
        row.used_at = now
        return row.created_at
    if insert_new(session, GrantRow, {"tenant": tenant, "asset": row.id, "created_at": now, "used_at": now}):
        return now
    grant = session.get_one(GrantRow, (tenant, row.id))
    grant.used_at = now
    return grant.created_at


def _use_granted(session: Session, asset_ids: Collection[str], tenant: str, now: datetime) -> set[str]:
    """Note that a tenant uses these images, whose rows are locked; returns those for which it has a grant."""
    if not asset_ids:
        return set()
    ours = (GrantRow.tenant == tenant, GrantRow.asset.in_(asset_ids))
    return set(session.scalars(update(GrantRow).where(*ours).values(used_at=now).returning(GrantRow.asset)))
