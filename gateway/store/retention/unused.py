"""Images of a tenant that nothing of it uses: deleted on request, a page at a time, rows and bytes together.

An image is used by pairs (so by records), by donors, by jobs that run and by open batches: what was sent or named since
the oldest open batch was created stays. It is also kept for a grace time after it was last sent or named, so that a
request which is on its way finds it. The bytes go while the row is locked: whoever stores the same pixels meanwhile
writes the row afterwards, looks for the bytes then, and puts them back (`assets.keep`). An image that other tenants
hold stays with them, and is gone for this one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select

from gateway.store import assets
from gateway.store.batches import batches
from gateway.store.database import Session
from gateway.store.library.tables import DonorRow
from gateway.store.objects import AssetStore
from gateway.store.tables import AssetRow, GrantRow, JobRow, PairRow
from gateway.store.values import JobRequest
from imgdiff.jobs import FINAL
from imgdiff.requests.names import DEFAULT_TENANT

_EXAMINED = 200  # images that one page looks at; chosen, not measured


@dataclass(frozen=True)
class Page:
    """How many images the tenant had of which none is left, their size, and the id to go on after."""

    assets: int
    bytes: int
    position: str | None


def delete_page(
    session: Session, store: AssetStore, before: datetime, position: str, tenant: str = DEFAULT_TENANT
) -> Page:
    """Delete what is unused since `before` among the tenant's images that follow `position`."""
    busy = _of_running_jobs(session, tenant)
    oldest = batches.oldest_open(session, tenant)
    before = before if oldest is None else min(before, oldest)
    ids = _held_after(session, tenant, position)
    chosen = [one for one in ids if one not in busy]
    unused = select(AssetRow.id, AssetRow.size).where(AssetRow.id.in_(chosen), _is_unused(before, tenant))
    found = session.execute(unused.with_for_update(of=AssetRow, skip_locked=True)).all()
    free = assets.release(session, [asset_id for asset_id, _ in found], tenant)
    session.execute(delete(AssetRow).where(AssetRow.id.in_(free)))
    for asset_id in sorted(free):
        store.delete(asset_id)
    more = ids[-1] if len(ids) == _EXAMINED else None
    return Page(len(found), sum(size for _, size in found), more)


def _held_after(session: Session, tenant: str, position: str) -> list[str]:
    """Ids of the next images that a tenant owns or has a grant for, in order."""
    owned = select(AssetRow.id).where(AssetRow.owner == tenant, AssetRow.id > position).order_by(AssetRow.id)
    granted = select(GrantRow.asset).where(GrantRow.tenant == tenant, GrantRow.asset > position)
    both = (owned, granted.order_by(GrantRow.asset))  # each by its index
    return sorted(one for held in both for one in session.scalars(held.limit(_EXAMINED)))[:_EXAMINED]


def _is_unused(before: datetime, tenant: str) -> ColumnElement[bool]:
    of_tenant = exists().where(JobRow.id == PairRow.job_id, JobRow.tenant == tenant)
    granted = exists().where(GrantRow.tenant == tenant, GrantRow.asset == AssetRow.id, GrantRow.used_at < before)
    owned = and_(AssetRow.owner == tenant, func.coalesce(AssetRow.used_at, AssetRow.created_at) < before)
    return and_(
        or_(owned, granted),
        ~exists().where(PairRow.image1 == AssetRow.id, of_tenant),
        ~exists().where(PairRow.image2 == AssetRow.id, of_tenant),
        ~exists().where(DonorRow.asset == AssetRow.id, DonorRow.tenant == tenant),
    )


def _of_running_jobs(session: Session, tenant: str) -> set[str]:
    """Images that requests of the tenant's unfinished jobs name."""
    final = [state.value for state in FINAL]
    requests = session.scalars(select(JobRow.request).where(JobRow.state.not_in(final), JobRow.tenant == tenant))
    return {asset for request in requests for asset in JobRequest.model_validate(request).assets}
