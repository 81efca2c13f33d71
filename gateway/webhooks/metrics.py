"""Prometheus series of deliveries, as the database has them."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.store.database import Database
from gateway.store.webhooks.deliveries import count_by_state
from imgdiff.webhooks.documents import DeliveryState


def collect_webhooks(database: Database) -> Iterator[Metric]:
    """Deliveries of the last 30 days by state."""
    series = GaugeMetricFamily("imgdiff_webhook_deliveries", "Deliveries to webhooks by state.", labels=["state"])
    with database.reading() as session:
        counted = count_by_state(session)
    for state in DeliveryState:
        series.add_metric([state.value], counted.get(state.value, 0))
    yield series
