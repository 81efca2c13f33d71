"""Images that nothing uses: deleted on request, a page at a time, rows and bytes together.

An image is used by pairs (so by records), by donors, by jobs that run and by open batches: what was sent or named since
the oldest open batch was created stays. It is also kept for a grace time after it was last sent or named, so that a
request which is on its way finds it. The bytes go while the row is locked: whoever stores the same pixels meanwhile
writes the row afterwards, looks for the bytes then, and puts them back (`assets.keep`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, select

from gateway.store.batches import batches
from gateway.store.database import Session
from gateway.store.library.tables import DonorRow
from gateway.store.objects import AssetStore
from gateway.store.tables import AssetRow, JobRow, PairRow
from gateway.store.values import JobRequest
from imgdiff.jobs import FINAL

_EXAMINED = 200  # images that one page looks at; chosen, not measured


@dataclass(frozen=True)
class Page:
    """How many images were deleted, their size, and the id to go on after; None after the last."""

    assets: int
    bytes: int
    position: str | None


def delete_page(session: Session, store: AssetStore, before: datetime, position: str) -> Page:
    """Delete what is unused since `before` among the images that follow `position`."""
    busy = _of_running_jobs(session)
    oldest = batches.oldest_open(session)
    before = before if oldest is None else min(before, oldest)
    ids = list(
        session.scalars(select(AssetRow.id).where(AssetRow.id > position).order_by(AssetRow.id).limit(_EXAMINED))
    )
    chosen = [one for one in ids if one not in busy]
    unused = select(AssetRow.id, AssetRow.size).where(AssetRow.id.in_(chosen), _is_unused(before))
    found = session.execute(unused.with_for_update(of=AssetRow, skip_locked=True)).all()
    session.execute(delete(AssetRow).where(AssetRow.id.in_([asset_id for asset_id, _ in found])))
    for asset_id, _ in found:
        store.delete(asset_id)
    more = ids[-1] if len(ids) == _EXAMINED else None
    return Page(len(found), sum(size for _, size in found), more)


def _is_unused(before: datetime) -> ColumnElement[bool]:
    return and_(
        func.coalesce(AssetRow.used_at, AssetRow.created_at) < before,
        ~exists().where(PairRow.image1 == AssetRow.id),
        ~exists().where(PairRow.image2 == AssetRow.id),
        ~exists().where(DonorRow.asset == AssetRow.id),
    )


def _of_running_jobs(session: Session) -> set[str]:
    """Images that requests of unfinished jobs name."""
    final = [state.value for state in FINAL]
    requests = session.scalars(select(JobRow.request).where(JobRow.state.not_in(final)))
    return {asset for request in requests for asset in JobRequest.model_validate(request).assets}
