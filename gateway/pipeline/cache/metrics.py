"""Prometheus series of the cache of results, as the workers have added them up in the database."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.access.labels import TenantLabels
from gateway.store.database import Database
from gateway.store.results import entries, usage
from gateway.store.results.usage import Key, Usage
from imgdiff.jobs import StageName

Counted = Mapping[Key, Usage]
_MEANINGS = {
    "hits": "Stages answered from an earlier result.",
    "misses": "Stages for which there was no earlier result.",
    "bypassed": "Stages for which none was looked for: the job wants a new one, or the service's answers may differ.",
    "evicted": "Results that are no longer used, for newer ones.",
}


def collect_cache(database: Database, labels: TenantLabels) -> Iterator[Metric]:
    """What was counted for each stage and each tenant, and how many results can be used now."""
    kept = GaugeMetricFamily("imgdiff_result_cache_entries", "Results that the same request is answered from.")
    with database.reading() as session:
        kept.add_metric([], entries.count(session))
        counted = usage.read(session)
    yield kept
    for column in (one.name for one in fields(Usage)):
        yield _by_stage(column, counted)
    yield from (_by_tenant(column, counted, labels) for column in ("hits", "misses"))


def _by_stage(column: str, counted: Counted) -> Metric:
    family = CounterMetricFamily(f"imgdiff_result_cache_{column}", _MEANINGS[column], labels=["stage"])
    for name in StageName:
        family.add_metric([name.value], sum(getattr(one, column) for key, one in counted.items() if key[0] is name))
    return family


def _by_tenant(column: str, counted: Counted, labels: TenantLabels) -> Metric:
    meaning = f"The same of a tenant. {_MEANINGS[column]}"
    family = CounterMetricFamily(f"imgdiff_tenant_result_cache_{column}", meaning, labels=["tenant"])
    sums = labels.add_up((tenant, "", getattr(one, column)) for (_, tenant), one in counted.items())
    for (tenant, _), number in sums.items():
        family.add_metric([tenant], number)
    return family
