"""Prometheus metrics of one gateway process; one registry for each app, none global."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from gateway.access.labels import TenantLabels

# Bounds of the latency histogram: Prometheus' own, extended to the longest `Prefer: wait`.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Collect = Callable[[], Iterator[Metric]]
"""Reads series from the database at every scrape; they are the same from every process."""


class GatewayMetrics:
    """Counters of one gateway process; `labels` bounds how many tenants have series of their own."""

    def __init__(self, labels: TenantLabels) -> None:
        self.registry = CollectorRegistry()
        self.labels = labels
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
        self._ready = Gauge(
            "imgdiff_gateway_ready", "1 when jobs can be accepted and stored, else 0.", registry=self.registry
        )
        self._checks = Gauge(
            "imgdiff_gateway_check", "1 when this part is fine, else 0.", ("check",), registry=self.registry
        )
        self._connections = Gauge("imgdiff_gateway_connections", "Connections that are open.", registry=self.registry)
        self._closed = Counter(
            "imgdiff_gateway_connections_closed",
            "Connections that were closed: late, stalled, malformed, or for others evicted or refused.",
            ("cause",),
            registry=self.registry,
        )
        self._bodies = Gauge(
            "imgdiff_gateway_body_bytes", "Bytes of the bodies of open requests.", registry=self.registry
        )

        self._of_tenant = _of_tenant(self.registry)

    def count_of_tenant(self, tenant: str, *, requests: int = 0, refused: int = 0, size: int = 0) -> None:
        """Count requests of a tenant, those of them beyond a quota, and bytes of its bodies."""
        label = self.labels.label(tenant)
        for series, number in zip(self._of_tenant, (requests, refused, size), strict=True):
            series.labels(label).inc(number)

    def show_connections(self, number: int) -> None:
        """Show how many connections are open."""
        self._connections.set(number)

    def count_closed(self, cause: str) -> None:
        """Count a connection that was closed before its client wanted it."""
        self._closed.labels(cause).inc()

    def show_bodies(self, size: int) -> None:
        """Show the bytes of the bodies of open requests."""
        self._bodies.set(size)

    def show_checks(self, ready: bool, checks: Mapping[str, bool]) -> None:
        """Show what was found of readiness and of each part."""
        self._ready.set(ready)
        for name, fine in checks.items():
            self._checks.labels(name).set(fine)

    def count_answer(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        method = method if method in _METHODS else "other"  # a client may invent any number of names
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def exposition(self, stored: Sequence[Collect]) -> bytes:
        """All series in the Prometheus text format, with those that `stored` collects."""
        registry = CollectorRegistry()
        for collect in stored:
            registry.register(_Stored(collect))
        return generate_latest(self.registry) + generate_latest(registry)


def _of_tenant(registry: CollectorRegistry) -> tuple[Counter, ...]:
    named = {
        "requests": "Requests of a tenant, with a key or while the gateway is open.",
        "refused": "Those beyond one of its quotas, answered 429.",
        "body_bytes": "Bytes of the bodies that it has sent.",
    }
    return tuple(
        Counter(f"imgdiff_tenant_{name}", what, ("tenant",), registry=registry) for name, what in named.items()
    )


class _Stored(Collector):
    def __init__(self, collect: Collect) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        return self._collect()
