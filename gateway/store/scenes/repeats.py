"""Which record of its scene and dataset a new one repeats."""

from operator import itemgetter

from sqlalchemy import bindparam, select

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.scenes.changes import PairChanges
from gateway.store.tables import RecordRow
from imgdiff.records import Record

_COMPARED = 1000  # newest records of a scene in a dataset with which a new one is compared; chosen, not measured
_RECORDS = table_of(RecordRow)
_OF_SCENE = (
    select(_RECORDS.c.id, _RECORDS.c.changes)
    .where(_RECORDS.c.scene == bindparam("shown"), _RECORDS.c.dataset == bindparam("within"))
    .order_by(_RECORDS.c.sequence.desc())
    .limit(_COMPARED)
)


def find_repeated(session: Session, dataset: str, record: Record, changes: PairChanges) -> tuple[float, str | None]:
    """How far a record would repeat one of the dataset, 0..1, and the id of the one that it repeats most."""
    newest = execute(session, _OF_SCENE, {"shown": record.scene, "within": dataset})
    repeated = [
        (changes.repeats(PairChanges.model_validate(stored)), name) for name, stored in newest if stored is not None
    ]
    value, name = max(reversed(repeated), key=itemgetter(0), default=(0.0, None))
    return (value, name) if value > 0 else (0.0, None)
