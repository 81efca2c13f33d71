"""A worker in the test's own process, with scripted services over loopback and a database of each kind."""

import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from gateway.pipeline import states
from gateway.pipeline.attempts import WorkerContext
from gateway.pipeline.broker import Broker
from gateway.pipeline.cache.ledger import Ledger
from gateway.pipeline.cache.reuse import ResultCache
from gateway.pipeline.cache.revisions import Revisions
from gateway.pipeline.job_view import view
from gateway.pipeline.service_calls import Caller
from gateway.pipeline.stage_table import STAGES
from gateway.pipeline.wire.connections import Connections
from gateway.settings import GatewaySettings
from gateway.store import assets as asset_rows
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import jobs
from gateway.store.objects import AssetStore
from gateway.store.tables import StageRow
from gateway.store.tenants import dataset_key
from gateway.store.values import JobRequest
from imgdiff.images import encode_png
from imgdiff.jobs import Job, JobKind, StageName
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Operation, Policy
from imgdiff.requests.names import DEFAULT_TENANT
from tests.gateway.pipeline import scripted_service


@dataclass
class Bench:
    """Runs jobs to their end; `weights` is the digit of the services' digests."""

    folder: Path
    settings: GatewaySettings
    database: Database
    assets: AssetStore
    broker: Broker
    serve: Callable[[FastAPI], httpx.Client]
    worker: WorkerContext = field(init=False)
    _opened: list[Connections] = field(default_factory=list)

    def start(self, weights: str | None = "a", most: int = 1000) -> None:
        """New services, and a worker that knows nothing of them yet."""
        for name in StageName:
            self.script(name, weights=weights)
        urls = {name: self._serve(name) for name in StageName}
        connections = Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._opened.append(connections)
        ledger = Ledger(self.database, most)
        cache = ResultCache(self.database, self.assets, Revisions(urls, connections), ledger, most)
        caller = Caller({name: url + STAGES[name].path for name, url in urls.items()}, 60.0, connections)
        self.worker = WorkerContext(self.settings, self.database, self.assets, self.broker, caller, cache)

    def close(self) -> None:
        """Close all connections to services."""
        for connections in self._opened:
            connections.close()

    def _serve(self, name: StageName) -> str:
        service = self.serve(scripted_service.create_app(name, self.folder))
        while service.get("/v2/health/ready").status_code != httpx.codes.OK:
            pass
        return str(service.base_url).rstrip("/")

    def script(self, name: StageName, **acts: Any) -> None:
        """Set what a service does from now on."""
        (self.folder / f"{name}.json").write_text(json.dumps(acts))

    def calls(self) -> dict[str, int]:
        """How many answers each service has given."""
        logs = {name.value: self.folder / f"{name}.log" for name in StageName}
        return {name: log.read_text().count("done") if log.exists() else 0 for name, log in logs.items()}

    def compare(self, shades: tuple[int, int] = (10, 90), tenant: str = DEFAULT_TENANT, **options: Any) -> Job:
        """The job of a pair of flat images, when it has ended."""
        image1, image2 = (self.store(shade, tenant) for shade in shades)
        settled = Options(**options).settled(Policy.DESCRIBE)
        kind = JobKind.DIFFERENCE_CAPTIONS
        return self.run(JobRequest(kind=kind, options=settled, tenant=tenant, image1=image1, image2=image2))

    def synthesise(self, seed: int = 3, **options: Any) -> Job:
        """The job of two edits of a photo, when it has ended."""
        fields = SynthesisFields(operation=Operation.REMOVE, count=2, seed=seed)
        settled = Options(**options).settled(Policy.CURATE)
        image = self.store(10, DEFAULT_TENANT)
        kind = JobKind.SYNTHESIS
        return self.run(JobRequest(kind=kind, options=settled, image=image, fields=fields, edits_in_flight=2))

    def store(self, shade: int, tenant: str) -> str:
        """A flat image of a tenant."""
        png = encode_png(np.full((48, 48, 3), shade, np.uint8))
        return asset_rows.keep(self.database, self.assets, png, (48, 48), tenant=tenant).id

    def run(self, request: JobRequest) -> Job:
        """The job of a request, when none of its stages is open."""
        job = self.submit(request)
        while stage := self.next_stage(job):
            self.worker.attempt(*stage)
        return self.read(job)

    def submit(self, request: JobRequest) -> str:
        """The id of a new job."""
        with self.database.writing() as session:
            datasets.ensure(session, dataset_key(request.tenant, request.options.dataset))
            job, _ = states.submit(session, request, datetime.now(UTC) + timedelta(hours=1))
        return job.id

    def next_stage(self, job: str) -> tuple[StageName, str] | None:
        """A stage of a job that waits: its name and id."""
        waiting = select(StageRow.name, StageRow.id).where(StageRow.job_id == job, StageRow.state == "queued")
        with self.database.reading() as session:
            found = session.execute(waiting).first()
        return None if found is None else (StageName(found.name), found.id)

    def read(self, job: str) -> Job:
        """A job now."""
        with self.database.reading() as session:
            return view(session, jobs.find(session, job))


def cached(job: Job) -> list[int]:
    """How many results of each stage were earlier ones."""
    return [status.cached for status in job.stages]


@pytest.fixture
def bench(
    database: Database, redis_url: str, tmp_path: Path, serve: Callable[[FastAPI], httpx.Client]
) -> Iterator[Bench]:
    """A worker and services that have started."""
    assets = (tmp_path / "assets").as_uri()
    url = database.url.render_as_string(hide_password=False)
    settings = GatewaySettings(database_url=url, assets_url=assets, redis_url=redis_url)
    broker = Broker(settings)
    bench = Bench(tmp_path, settings, database, AssetStore(assets), broker, serve)
    bench.start()
    yield bench
    bench.close()
    broker.close()
