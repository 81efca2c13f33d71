"""Images without a fingerprint, which earlier versions stored: found in order, and given one."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from gateway.store.database import Session
from gateway.store.scenes.settling import remember_scene
from gateway.store.tables import AssetRow, PairRow, RecordRow
from imgdiff.records import AssetId


def find_missing(session: Session, position: AssetId, limit: int) -> Sequence[AssetId]:
    """Up to `limit` of these images whose ids follow `position`, in order."""
    missing = select(AssetRow.id).where(AssetRow.fingerprint.is_(None), AssetRow.id > position)
    return session.scalars(missing.order_by(AssetRow.id).limit(limit)).all()


def add_fingerprint(session: Session, asset: AssetId, fingerprint: str) -> None:
    """Give an image its fingerprint unless it has one; copies of it then belong to the scene of its oldest record.

    Records keep the scenes that they have.
    """
    row = session.get(AssetRow, asset, with_for_update=True, populate_existing=True)
    if row is None or row.fingerprint is not None:
        return
    row.fingerprint = fingerprint
    of_record = (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair)
    of_image = or_(PairRow.image1 == asset, PairRow.image2 == asset)
    oldest = select(RecordRow.scene).join(PairRow, of_record).where(of_image).order_by(RecordRow.sequence).limit(1)
    scene = session.scalar(oldest)
    if scene is not None:
        remember_scene(session, fingerprint, scene)
