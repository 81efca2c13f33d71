"""A worker that must stop waits for nothing; what an attempt does otherwise is tested in test_faults.py."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from gateway.pipeline import states
from gateway.pipeline.attempts import WorkerContext
from gateway.pipeline.broker import Broker
from gateway.pipeline.cache.ledger import Ledger
from gateway.pipeline.cache.reuse import ResultCache
from gateway.pipeline.cache.revisions import Revisions
from gateway.pipeline.service_calls import Caller
from gateway.pipeline.wire.connections import Connections
from gateway.settings import GatewaySettings
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import jobs
from gateway.store.objects import AssetStore
from gateway.store.tenants import dataset_key
from gateway.store.values import JobRequest
from imgdiff.jobs import JobKind, StageName
from imgdiff.options import Options


@pytest.fixture
def worker(new_postgres: str, redis_url: str, tmp_path: Path) -> Iterator[WorkerContext]:
    """A worker without services; only PostgreSQL lets two write at a time."""
    settings = GatewaySettings(database_url=new_postgres, redis_url=redis_url)
    database, broker = Database(new_postgres), Broker(settings)
    connections, assets = Connections(ssl.create_default_context()), AssetStore((tmp_path / "assets").as_uri())
    cache = ResultCache(database, assets, Revisions({}, connections), Ledger(database, 0), 0)
    yield WorkerContext(settings, database, assets, broker, Caller({}, 60.0, connections), cache)
    connections.close()
    broker.close()
    database.close()


def test_a_worker_that_must_stop_looks_no_more_for_stages_that_others_hold(worker: WorkerContext) -> None:
    request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options())
    later = datetime.now(UTC) + timedelta(hours=1)
    with worker.database.writing() as session:
        datasets.ensure(session, dataset_key(request.tenant, "default"))
        job, (queued,) = states.submit(session, request, later)
    looks = 0

    def look(*_: object) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            worker.closing.set()

    with worker.database.writing() as holding:
        jobs.lock(holding, job.id)
        event.listen(worker.database.engine, "begin", look)
        worker.attempt(StageName.DETECTION, queued.stage_id)
    assert looks == 3
