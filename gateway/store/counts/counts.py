"""Counters of datasets: read, and changed by sums. Whoever changes them locks their rows in one order."""

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.counts.keys import Counts, Key
from gateway.store.counts.tables import CountRow
from gateway.store.database import Session


def read(session: Session, dataset: str, kinds: Collection[str]) -> Counts:
    """The counters of some kinds."""
    columns = (CountRow.kind, CountRow.key, CountRow.count)
    rows = session.execute(select(*columns).where(CountRow.dataset == dataset, CountRow.kind.in_(kinds)))
    return Counter({Key(kind, key): count for kind, key, count in rows if count})


def change(session: Session, changes: Mapping[str, Counts]) -> None:
    """Add to the counters of each dataset; what is counted less often has a negative number."""
    rows = [
        {"dataset": dataset, "kind": key.kind, "key": key.key, "count": number}
        for dataset, counts in sorted(changes.items())
        for key, number in sorted(counts.items())
        if number
    ]
    if not rows:
        return
    made = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(CountRow)
    sums = {"count": CountRow.count + made.excluded.count}
    session.execute(made.on_conflict_do_update(index_elements=["dataset", "kind", "key"], set_=sums), rows)


def forget(session: Session, dataset: str) -> None:
    """Delete all counters of a dataset."""
    session.execute(delete(CountRow).where(CountRow.dataset == dataset))
