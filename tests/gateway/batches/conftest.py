"""A feeder on each kind of database."""

from collections.abc import Iterator

import pytest

from gateway.batches.feeder import Feeder
from gateway.pipeline.broker import Broker
from gateway.pipeline.job_service import PipelineJobs
from gateway.settings import GatewaySettings
from gateway.store import assets
from gateway.store.database import Database
from tests.gateway.batches.feeding import ASSET


@pytest.fixture
def settings(settings: GatewaySettings, database_url: str) -> GatewaySettings:
    """A gateway on each kind of database with room for four jobs of batches."""
    return settings.model_copy(update={"database_url": database_url, "batch_jobs_in_flight": 4, "max_queued_jobs": 10})


@pytest.fixture
def feeder(settings: GatewaySettings, database: Database) -> Iterator[Feeder]:
    """A feeder of a real broker."""
    broker = Broker(settings)
    with database.writing() as session:
        assets.add(session, ASSET, 64, 48, 100)
    yield Feeder(PipelineJobs(settings, database, broker))
    broker.close()
