"""Prometheus series of jobs and queues, as the database has them."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.store.database import Database
from gateway.store.isolation import dead_letters
from gateway.store.jobs import jobs, stages
from imgdiff.jobs import JobState, StageName


def collect_queues(database: Database) -> Iterator[Metric]:
    """Jobs by state, queued stages and dead letters by name."""
    by_state = GaugeMetricFamily("imgdiff_jobs", "Jobs by state.", labels=["state"])
    depth = GaugeMetricFamily("imgdiff_stage_queue_depth", "Stages waiting for a worker.", labels=["stage"])
    dead = GaugeMetricFamily("imgdiff_dead_letters", "Stages given up and not replayed.", labels=["stage"])
    with database.reading() as session:
        in_state, queued = jobs.count_by_state(session), stages.count_queued(session)
        given_up = dead_letters.count(session)
    for state in JobState:
        by_state.add_metric([state.value], in_state.get(state, 0))
    for name in StageName:
        depth.add_metric([name.value], queued.get(name, 0))
        dead.add_metric([name.value], given_up.get(name, 0))
    yield by_state
    yield depth
    yield dead
