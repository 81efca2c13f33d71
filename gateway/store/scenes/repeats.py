"""Which record of its scene and dataset a new one repeats."""

from operator import itemgetter

from sqlalchemy import select

from gateway.store.database import Session
from gateway.store.scenes.changes import PairChanges
from gateway.store.tables import RecordRow
from imgdiff.records import Record

_COMPARED = 1000  # newest records of a scene in a dataset with which a new one is compared; chosen, not measured


def find_repeated(session: Session, dataset: str, record: Record, changes: PairChanges) -> tuple[float, str | None]:
    """How far a record would repeat one of the dataset, 0..1, and the id of the one that it repeats most."""
    row = RecordRow
    of_scene = select(row.id, row.changes).where(row.scene == record.scene, row.dataset == dataset)
    newest = session.execute(of_scene.order_by(row.sequence.desc()).limit(_COMPARED))
    repeated = [
        (changes.repeats(PairChanges.model_validate(stored)), name) for name, stored in newest if stored is not None
    ]
    value, name = max(reversed(repeated), key=itemgetter(0), default=(0.0, None))
    return (value, name) if value > 0 else (0.0, None)
