"""How many different images and scenes the records of a dataset have, which no counter can keep, and their size."""

from sqlalchemy import func, or_, select, union

from gateway.store import records
from gateway.store.database import Session
from gateway.store.tables import AssetRow, DatasetRow, PairRow, RecordRow


def count_different(session: Session, dataset: str) -> tuple[int, int]:
    """Different images, and different scenes."""
    of_record = (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair)
    sides = [
        select(side.label("image")).join(RecordRow, of_record).where(RecordRow.dataset == dataset, side.is_not(None))
        for side in (PairRow.image1, PairRow.image2)
    ]
    images = select(func.count()).select_from(union(*sides).subquery())
    scenes = select(func.count(RecordRow.scene.distinct())).where(RecordRow.dataset == dataset)
    return session.scalar(images) or 0, session.scalar(scenes) or 0


def image_bytes(session: Session, dataset: str, through: int) -> int:
    """The size of all images of the dataset's records together; images of several records count for each."""
    if through >= records.newest(session, dataset):
        return session.scalar(select(DatasetRow.image_bytes).where(DatasetRow.name == dataset)) or 0
    pairs = select(AssetRow.size).join(PairRow, or_(PairRow.image1 == AssetRow.id, PairRow.image2 == AssetRow.id))
    kept = pairs.join(RecordRow, (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair))
    sizes = kept.where(RecordRow.dataset == dataset, RecordRow.sequence <= through).subquery()
    return session.scalar(select(func.coalesce(func.sum(sizes.c.size), 0))) or 0
