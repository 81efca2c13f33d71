"""The keeper adds every pair that has ended to the counters of its dataset, once, and takes it back on deletion.

Whoever reads counters adds the pairs that they do not include yet, so what is read is right at any time. A pair that
has ended never changes: it is counted without a lock, and marked as counted in the transaction that changes the
counters. Any number of keepers may run: one whose pairs were counted or deleted meanwhile changes nothing and looks
again.
"""

import asyncio
import logging
import random
import time
from collections import defaultdict
from dataclasses import dataclass

from gateway.funnel.count import Count
from gateway.funnel.reading import read_outcomes
from gateway.statistics.counting import RecordCount
from gateway.statistics.facts import RecordFacts
from gateway.store import records
from gateway.store.counts import counts, pending
from gateway.store.counts.keys import Counts
from gateway.store.counts.pending import Place
from gateway.store.database import Database, Session
from gateway.store.jobs import jobs
from gateway.store.jobs.histories import Selection

_log = logging.getLogger(__name__)
_AT_ONCE = 100  # pairs counted at a time; chosen, not measured
_SHARE = 0.5  # of a keeper's time that it counts while many pairs are left; chosen, not measured
_LOOKING = 0.05  # the same of its time that it looks for pairs, of which there may be many that run; chosen


@dataclass(frozen=True)
class Keeper:
    """`keep` counts some pairs, `run` goes on until it is stopped; `seconds` is the pause when nothing is left."""

    database: Database
    seconds: float

    async def run(self, stopping: asyncio.Event) -> None:
        """Count until `stopping` is set; a pass that fails is followed by another."""
        while not stopping.is_set():
            began, counted = time.monotonic(), 0
            try:
                counted = await asyncio.to_thread(self.keep)
            except Exception:  # noqa: BLE001  whatever it is, the next pass must come
                _log.warning("pairs could not be counted", exc_info=True)
            took = time.monotonic() - began
            pause = took / _SHARE - took if counted == _AT_ONCE else max(self.seconds, took / _LOOKING)
            try:
                await asyncio.wait_for(stopping.wait(), pause * random.uniform(1.0, 1.2))  # noqa: S311  not a secret
            except TimeoutError:
                continue

    def keep(self) -> int:
        """Count some pairs; returns how many."""
        with self.database.reading() as session:
            found = pending.find(session, _AT_ONCE)
            changes = _count(session, found)
        if not found:
            return 0
        with self.database.writing() as session:
            if not pending.mark(session, found):
                return 0
            counts.change(session, changes)
        return len(found)


def take_back(session: Session, record_id: str) -> None:
    """Take the pair of a record, which is to be deleted, out of the counters; its job is locked from now on."""
    place = records.place(session, record_id)
    if place is None:
        return
    jobs.lock(session, place[0])
    counted = pending.unmark(session, *place)
    if counted is None:
        return
    changes = _count(session, [counted])
    counts.change(
        session,
        {dataset: Counts({key: -number for key, number in found.items()}) for dataset, found in changes.items()},
    )


def _count(session: Session, places: list[Place]) -> dict[str, Counts]:
    """What each dataset counts of these pairs."""
    datasets = {place.pair: place.dataset for place in places}
    funnels: defaultdict[str, Count] = defaultdict(Count)
    statistics: defaultdict[str, RecordCount] = defaultdict(RecordCount)
    for pair, outcomes in read_outcomes(session, Selection(pairs=list(datasets))) if places else ():
        funnels[datasets[pair.sequence]].add(pair, outcomes)
    for dataset, document in records.of_pairs(session, list(datasets)):
        statistics[dataset].add(RecordFacts.model_validate_json(document))
    return {dataset: funnels[dataset].counts + statistics[dataset].counts for dataset in set(datasets.values())}
