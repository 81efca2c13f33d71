"""How many different images and scenes the records of a dataset have, which no counter can keep."""

from sqlalchemy import func, select, union

from gateway.store.database import Session
from gateway.store.tables import PairRow, RecordRow


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
