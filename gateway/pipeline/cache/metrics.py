"""Prometheus series of the cache of results, as the workers have added them up in the database."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.store.database import Database
from gateway.store.results import entries, usage
from gateway.store.results.usage import Usage
from imgdiff.jobs import StageName

_MEANINGS = {
    "hits": "Stages answered from an earlier result.",
    "misses": "Stages for which there was no earlier result.",
    "bypassed": "Stages for which none was looked for: the job wants a new one, or the service's answers may differ.",
    "evicted": "Results that are no longer used, for newer ones.",
}


def collect_cache(database: Database) -> Iterator[Metric]:
    """What was counted for each stage, and how many results can be used now."""
    kept = GaugeMetricFamily("imgdiff_result_cache_entries", "Results that the same request is answered from.")
    with database.reading() as session:
        kept.add_metric([], entries.count(session))
        counted = usage.read(session)
    yield kept
    totals: Counter[tuple[StageName, str]] = Counter()
    for (name, _), one in counted.items():
        totals.update({(name, column): number for column, number in vars(one).items()})
    for column in (one.name for one in fields(Usage)):
        family = CounterMetricFamily(f"imgdiff_result_cache_{column}", _MEANINGS[column], labels=["stage"])
        for name in StageName:
            family.add_metric([name.value], totals[name, column])
        yield family
