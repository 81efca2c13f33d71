"""Running totals of the funnel for /metrics. Ended jobs never change, so each is counted once.

A scrape counts the jobs that have ended since the last one, for about a second at most. A gateway that has just started
has to count all of them: until it has caught up it reports how many are left but no totals, which would look like a
burst.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.funnel.count import Count
from gateway.funnel.reading import read_outcomes
from gateway.funnel.tally import count_dropped
from gateway.store.database import Database, Session
from gateway.store.jobs import jobs
from gateway.store.jobs.histories import Selection

_SECONDS = 1.0  # that a scrape spends on counting; chosen, not measured
_AT_ONCE = 50  # jobs counted between two looks at the clock; chosen, not measured
_SETTLED = timedelta(hours=1)  # in which a job's end is committed, whichever clock it has; chosen, not measured


class EndedJobs:
    """The counts of one gateway process; every process arrives at the same ones."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._count = Count()
        self._counted: dict[str, datetime] = {}
        self._settled = datetime.min.replace(tzinfo=UTC)
        self._left = 0
        self._caught_up = False

    def collect(self, database: Database) -> Iterator[Metric]:
        """The series as they are now; a scrape during another one's count reports what is known."""
        if self._counting.acquire(blocking=False):
            try:
                with database.reading() as session:
                    self._catch_up(session)
            finally:
                self._counting.release()
        left = GaugeMetricFamily("imgdiff_funnel_jobs_uncounted", "Ended jobs that the totals do not include yet.")
        left.add_metric([], self._left)
        yield left
        if self._caught_up:
            yield from _families(self._count)

    def _catch_up(self, session: Session) -> None:
        until = time.monotonic() + _SECONDS
        began = datetime.now(UTC)
        new = [job for job in jobs.ended_since(session, self._settled) if job.id not in self._counted]
        done = 0
        while done < len(new) and time.monotonic() < until:
            batch = new[done : done + _AT_ONCE]
            count = deepcopy(self._count)  # a batch counts wholly or not at all, and another scrape may be reading
            for pair, outcomes in read_outcomes(session, Selection(jobs=[job.id for job in batch])):
                count.add(pair, outcomes)
            self._counted.update((job.id, job.finished_at) for job in batch)
            self._count = count
            done += len(batch)
        self._left = len(new) - done
        if self._left == 0:
            self._caught_up = True
            self._settled = max(self._settled, began - _SETTLED)
            self._counted = {job: at for job, at in self._counted.items() if at >= self._settled}


def _families(count: Count) -> Iterator[Metric]:
    totals, tally = count.tally.totals, count.tally
    yield _single("imgdiff_pairs_asked", "Pairs of ended jobs.", totals.asked)
    yield _single("imgdiff_pairs_made", "Requested pairs of ended jobs that the last attempt made.", count.made)
    yield _single("imgdiff_pairs_accepted", "Pairs that passed every gate.", totals.survived)
    yield _single("imgdiff_pairs_failed", "Pairs of which a stage failed.", totals.failed)
    yield _single("imgdiff_pairs_cancelled", "Pairs cancelled with their job.", totals.cancelled)
    yield _single("imgdiff_pair_tries", "Attempts at pairs, first ones and repeated ones.", count.attempts)
    yield _labelled(
        "imgdiff_pairs_rejected", "Pairs by the gate that dropped them.", "code", count_dropped(tally.pairs)
    )
    yield _single("imgdiff_regions_accepted", "Regions that passed every gate.", tally.surviving_regions)
    yield _labelled(
        "imgdiff_regions_dropped", "Regions by the gate that dropped them.", "code", count_dropped(tally.regions)
    )
    verdicts = {verdict.value: number for verdict, number in count.tally.records.items()}
    yield _labelled("imgdiff_records", "Records by verdict.", "verdict", verdicts)


def _single(name: str, meaning: str, value: int) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
