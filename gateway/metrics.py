"""What the gateway counts, in Prometheus terms; one registry for each app, none global."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gateway.funnel.ended import EndedJobs
from gateway.store.database import Database
from gateway.store.tables import JobRow, StageRow
from imgdiff.jobs import JobState, StageName, StageState

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class GatewayMetrics:
    """Counters of one gateway process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended = EndedJobs()
        self._requests = Counter(
            "imgdiff_gateway_requests",
            "Requests by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._latency = Histogram(
            "imgdiff_gateway_request_seconds",
            "Seconds until the answer was sent.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        method = method if method in _METHODS else "other"  # a client may make up names without end
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def exposition(self, database: Database) -> bytes:
        """All series in the Prometheus text format; asks the database for the queues and for what has ended."""
        stored = CollectorRegistry()
        stored.register(_Stored(database, self._ended))
        return generate_latest(self.registry) + generate_latest(stored)


class _Stored(Collector):
    """Jobs and stages by state and the funnel of ended jobs, as the database has them; the same from every process."""

    def __init__(self, database: Database, ended: EndedJobs) -> None:
        self._database = database
        self._ended = ended

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("imgdiff_jobs", "Jobs by state.", labels=["state"])
        depth = GaugeMetricFamily("imgdiff_stage_queue_depth", "Stages waiting for a worker.", labels=["stage"])
        with self._database.reading() as session:
            by_state = _counts(session, select(JobRow.state, func.count()).group_by(JobRow.state))
            queued = select(StageRow.name, func.count()).where(StageRow.state == StageState.QUEUED.value)
            by_stage = _counts(session, queued.group_by(StageRow.name))
        for state in JobState:
            jobs.add_metric([state.value], by_state.get(state.value, 0))
        for stage in StageName:
            depth.add_metric([stage.value], by_stage.get(stage.value, 0))
        yield jobs
        yield depth
        yield from self._ended.collect(self._database)


def _counts(session: Session, grouped: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(grouped)}
