"""The funnel of all ended jobs as running totals for /metrics: an ended job never changes, so each is counted once.

A scrape counts what has ended since the last one, for about a second at most. A gateway that was just started has all
of them to count; it tells how many are left, and no totals before it has caught up, which would look like a burst.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.funnel.counting import Count, read_outcomes
from gateway.funnel.steps import End, Fate
from gateway.store import jobs
from gateway.store.database import Database, Session
from gateway.store.histories import Selection

_SECONDS = 1.0  # of a scrape for counting
_AT_ONCE = 50  # jobs
_SETTLED = timedelta(hours=1)  # by when no older job can still appear, being committed late


class EndedJobs:
    """Counts of one gateway process; every process comes to the same."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._count = Count()
        self._counted: dict[int, datetime] = {}
        self._settled = 0
        self._left = 0
        self._caught_up = False

    def collect(self, database: Database) -> Iterator[Metric]:
        """The series as they are now; a scrape during another one's count is told what is known."""
        if self._counting.acquire(blocking=False):
            try:
                with database.reading() as session:
                    self._catch_up(session)
            finally:
                self._counting.release()
        left = GaugeMetricFamily("imgdiff_funnel_jobs_uncounted", "Ended jobs that the totals do not hold yet.")
        left.add_metric([], self._left)
        yield left
        if self._caught_up:
            yield from _families(self._count)

    def _catch_up(self, session: Session) -> None:
        until = time.monotonic() + _SECONDS
        working = jobs.first_unfinished(session)
        new = [job for job in jobs.ended_after(session, self._settled) if job.sequence not in self._counted]
        done = 0
        while done < len(new) and time.monotonic() < until:
            batch = new[done : done + _AT_ONCE]
            count = deepcopy(self._count)  # whole or not at all, whatever goes wrong; another scrape may be reading it
            for pair, outcomes in read_outcomes(session, Selection(jobs=[job.id for job in batch])):
                count.add(pair, outcomes)
            self._counted.update((job.sequence, job.created_at) for job in batch)
            self._count = count
            done += len(batch)
        self._left = len(new) - done
        if self._left == 0:
            self._caught_up = True
            self._settle(working)

    def _settle(self, working: int | None) -> None:
        """Below the first job that was in work before they were counted, old ones need no remembering."""
        old = datetime.now(UTC) - _SETTLED
        below = [
            sequence
            for sequence, created in self._counted.items()
            if created < old and (working is None or sequence < working)
        ]
        self._settled = max(below, default=self._settled)
        self._counted = {sequence: at for sequence, at in self._counted.items() if sequence > self._settled}


def _families(count: Count) -> Iterator[Metric]:
    totals = count.tally.totals
    yield _single("imgdiff_pairs_asked", "Pairs of ended jobs.", totals.asked)
    yield _single("imgdiff_pairs_made", "Ordered pairs of ended jobs that were made in their last try.", count.made)
    yield _single("imgdiff_pairs_accepted", "Pairs that passed every gate.", totals.survived)
    yield _single("imgdiff_pairs_failed", "Pairs of which a stage could not be finished.", totals.failed)
    yield _single("imgdiff_pairs_cancelled", "Pairs cancelled with their job.", totals.cancelled)
    yield _single("imgdiff_pair_tries", "Tries of pairs, the first ones and those made again.", count.attempts)
    yield _labelled("imgdiff_pairs_rejected", "Pairs by the gate that ended them.", "code", _codes(count.tally.pairs))
    yield _single("imgdiff_regions_accepted", "Regions that passed every gate.", count.tally.surviving_regions)
    yield _labelled("imgdiff_regions_dropped", "Regions by their gate.", "code", _codes(count.tally.regions))
    verdicts = {verdict.value: number for verdict, number in count.records.items()}
    yield _labelled("imgdiff_records", "Records by verdict.", "verdict", verdicts)


def _codes(counts: Counter[Fate]) -> Counter[str]:
    codes: Counter[str] = Counter()
    for fate, number in counts.items():
        if fate.end is End.DROPPED:
            codes[fate.code] += number
    return codes


def _single(name: str, meaning: str, value: int) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
