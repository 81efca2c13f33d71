"""Wire up the gateway's app."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from functools import cache, partial
from typing import Protocol

import httpx
from fastapi import APIRouter, Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from gateway.access.labels import TenantLabels
from gateway.access.opening import load_keys
from gateway.access.quotas import Meter
from gateway.batches.feeder import Feeder
from gateway.counts.keeper import Keeper
from gateway.funnel.ended import EndedJobs
from gateway.http.deps import AppState, refuse_nul, refuse_unknown_query, require_scope
from gateway.http.description.openapi import complete_openapi
from gateway.http.edge.admission import Admission
from gateway.http.edge.arrivals import Arrivals
from gateway.http.edge.envelope import Envelope
from gateway.http.edge.origins import LOOPBACK, KnownNames, Origins
from gateway.http.intake.uploads import Uploads
from gateway.http.metrics import GatewayMetrics
from gateway.http.ownership import refuse_foreign, require_owners
from gateway.http.probes import Probes, check_services, create_checks
from gateway.http.problems import add_problems, error_responses
from gateway.http.protocol.methods import Methods
from gateway.outbound.requests import Outbound
from gateway.pipeline.broker import Broker
from gateway.pipeline.cache.metrics import collect_cache
from gateway.pipeline.job_service import PipelineJobs
from gateway.pipeline.metrics import collect_queues
from gateway.pipeline.stage_table import addresses
from gateway.pipeline.sweeper import Sweeper
from gateway.routes import (
    assets,
    batches,
    datasets,
    dead_letters,
    difference_captions,
    donors,
    exports,
    funnels,
    jobs,
    records,
    reviews,
    syntheses,
    webhooks,
)
from gateway.routes.service import health, models, page, schemas
from gateway.scenes.backfill import Backfill
from gateway.settings import GatewaySettings
from gateway.store.access.quotas import Quota
from gateway.store.database import Database
from gateway.store.idempotency import forget_old
from gateway.store.migration import migrate
from gateway.store.objects import AssetStore
from gateway.webhooks.bodies import render
from gateway.webhooks.deliverer import Deliverer
from gateway.webhooks.metrics import collect_webhooks
from imgdiff import __version__
from imgdiff.errors import (
    Forbidden,
    ImgdiffError,
    InvalidRequest,
    MalformedRequest,
    MisdirectedRequest,
    RequestTimeout,
    ServiceUnavailable,
)
from imgdiff.listening.bodies import Room

_EVERYWHERE = (
    MalformedRequest,
    InvalidRequest,
    ImgdiffError,
    ServiceUnavailable,
    Forbidden,
    MisdirectedRequest,
    RequestTimeout,
)
_EXPOSED = [
    "Content-Location",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
]
_PREFLIGHT_SECONDS = 600  # that a browser remembers an answer to its preflight: the most that all of them take
_RESULTS = (
    difference_captions,
    syntheses,
    batches,
    jobs,
    dead_letters,
    records,
    reviews,
    datasets,
    exports,
    funnels,
    webhooks,
)
_RESOURCES = (*_RESULTS, assets, donors, models, health, schemas, page)


class Loop(Protocol):
    """What runs beside the requests."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Go on until `stopping` is set."""


def create_app(settings: GatewaySettings | None = None, metrics: GatewayMetrics | None = None) -> FastAPI:
    """A gateway; it opens nothing before its lifespan starts."""
    chosen = settings or GatewaySettings()
    metrics = metrics or GatewayMetrics(TenantLabels(chosen.metric_tenants))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _opened(chosen, metrics) as opened:
            app.state.gateway = opened
            yield

    app = FastAPI(
        title="imgdiff",
        version=__version__,
        summary="Where two images differ and what changed, with evidence.",
        lifespan=lifespan,
        routes=_resources().routes,
        docs_url=None,  # ours needs nothing from elsewhere
        redoc_url=None,
    )
    add_problems(app)
    app.add_middleware(Methods)
    app.add_middleware(Admission)
    _admit_pages(app, chosen)
    app.add_middleware(
        Envelope,
        metrics=metrics,
        arrivals=Arrivals(
            chosen, Room(chosen.body_bytes_in_flight, metrics.show_bodies), {"/v1/batches": chosen.max_batch_bytes}
        ),
    )
    complete_openapi(app)
    return app


def _admit_pages(app: FastAPI, settings: GatewaySettings) -> None:
    """Refuse foreign web pages; those of `cors_origins` may use the API, and their browsers ask before (CORS)."""
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
            max_age=_PREFLIGHT_SECONDS,
        )
    app.add_middleware(
        Origins, names=KnownNames((*LOOPBACK, settings.host, *settings.allowed_hosts), settings.cors_origins)
    )


@cache
def _resources() -> APIRouter:
    """Once for all apps of a process, since FastAPI reads all signatures at the first requests, which takes 90 ms."""
    resources = APIRouter(
        dependencies=[
            Depends(require_scope),
            Depends(refuse_unknown_query),
            Depends(refuse_nul),
            Depends(refuse_foreign),
        ],
        responses=error_responses(*_EVERYWHERE),
        generate_unique_id_function=lambda route: route.name,
    )
    for resource in _RESOURCES:
        resources.include_router(resource.router)
    require_owners(resources.routes)
    return resources


@contextlib.asynccontextmanager
async def _opened(settings: GatewaySettings, metrics: GatewayMetrics) -> AsyncIterator[AppState]:
    database, broker = Database(settings.database_url, settings.database_wait_seconds), Broker(settings)
    try:
        await asyncio.to_thread(migrate, database)
        await asyncio.to_thread(forget_old, database)
        keys = await asyncio.to_thread(load_keys, settings, database)
        quotas = Meter(
            database, Quota(settings.requests_per_minute, settings.upload_bytes_per_day, settings.unfinished_jobs)
        )
        await quotas.settle()
        store = AssetStore(settings.assets_url, settings.assets_endpoint)
        pipeline = PipelineJobs(settings, database, broker)
        probing = httpx.AsyncClient(timeout=settings.probe_seconds, verify=_load_certificates())
        outbound = Outbound(settings.outbound_networks, settings.outbound_seconds)
        deliverer = Deliverer(database, outbound, partial(render, source=settings.event_source), settings.sweep_seconds)
        async with probing as http, _looking_after(pipeline, store, keys, quotas, deliverer):
            yield AppState(
                settings=settings,
                database=database,
                assets=store,
                http=http,
                metrics=metrics,
                uploads=Uploads(database, store, settings.limits, outbound=outbound if settings.image_urls else None),
                jobs=pipeline,
                keys=keys,
                quotas=quotas,
                services=addresses(settings),
                probes=_create_probes(pipeline, store, http),
                collectors=(
                    partial(collect_queues, database, metrics.labels),
                    partial(collect_cache, database, metrics.labels),
                    partial(EndedJobs().collect, database),
                    partial(collect_webhooks, database),
                ),
            )
    finally:
        broker.close()
        database.close()


def _create_probes(pipeline: PipelineJobs, store: AssetStore, http: httpx.AsyncClient) -> Probes:
    settings = pipeline.settings
    refuse_when_full, least = pipeline.refuse_when_full, settings.min_free_bytes
    checks = create_checks(pipeline.database, store, pipeline.broker, refuse_when_full, least)
    return Probes({**checks, **check_services(http, addresses(settings))}, settings.probe_seconds)


@contextlib.asynccontextmanager
async def _looking_after(pipeline: PipelineJobs, store: AssetStore, *more: Loop) -> AsyncIterator[None]:
    """Run in the block what runs beside the requests: from the sweeper to the meter of quotas."""
    stopping = asyncio.Event()
    sweeper = Sweeper(pipeline.settings, pipeline.database, pipeline.broker)
    keeper = Keeper(pipeline.database, pipeline.settings.sweep_seconds)
    backfill = Backfill(pipeline.database, store, pipeline.settings.made_limits, pipeline.settings.sweep_seconds)
    loops: tuple[Loop, ...] = (sweeper, Feeder(pipeline), keeper, backfill, *more)
    running = [asyncio.create_task(one.run(stopping)) for one in loops]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*running, return_exceptions=True)


@cache
def _load_certificates() -> ssl.SSLContext:
    """Once for all apps of a process, since it takes 40 ms."""
    return httpx.create_ssl_context()
