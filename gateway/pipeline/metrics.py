"""Prometheus series of jobs and queues, as the database has them."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.access.labels import TenantLabels
from gateway.store.database import Database
from gateway.store.isolation import dead_letters
from gateway.store.jobs import jobs, stages
from imgdiff.jobs import JobState, StageName


def collect_queues(database: Database, labels: TenantLabels) -> Iterator[Metric]:
    """Jobs by state and by tenant, queued stages and dead letters by name."""
    by_state = GaugeMetricFamily("imgdiff_jobs", "Jobs by state.", labels=["state"])
    of_tenant = GaugeMetricFamily("imgdiff_tenant_jobs", "Jobs of a tenant by state.", labels=["tenant", "state"])
    depth = GaugeMetricFamily("imgdiff_stage_queue_depth", "Stages waiting for a worker.", labels=["stage"])
    dead = GaugeMetricFamily("imgdiff_dead_letters", "Stages given up and not replayed.", labels=["stage"])
    with database.reading() as session:
        counted, queued = jobs.count_by_tenant(session), stages.count_queued(session)
        given_up = dead_letters.count(session)
    in_state: Counter[JobState] = Counter()
    for (_, state), number in counted.items():
        in_state[state] += number
    for state in JobState:
        by_state.add_metric([state.value], in_state[state])
    for key, number in labels.add_up(
        (tenant, state.value, number) for (tenant, state), number in counted.items()
    ).items():
        of_tenant.add_metric(key, number)
    for name in StageName:
        depth.add_metric([name.value], queued.get(name, 0))
        dead.add_metric([name.value], given_up.get(name, 0))
    yield from (by_state, of_tenant, depth, dead)
