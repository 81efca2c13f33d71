"""The gateway's app: wiring only."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
from fastapi import Depends, FastAPI

from gateway.http import openapi
from gateway.http.deps import Parts, refuse_unknown_query
from gateway.http.envelope import Envelope
from gateway.http.problems import add_problems, documented
from gateway.http.uploads import Intake
from gateway.metrics import GatewayMetrics
from gateway.pipeline.broker import Broker
from gateway.pipeline.submission import Submissions
from gateway.pipeline.sweeper import Sweeper
from gateway.routes import (
    assets,
    datasets,
    difference_captions,
    funnels,
    health,
    jobs,
    models,
    page,
    records,
    schemas,
    syntheses,
)
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.idempotency import forget_old
from gateway.store.migration import migrate
from gateway.store.objects import AssetStore
from imgdiff import __version__
from imgdiff.errors import ImgdiffError, InvalidRequest


def create_app(settings: GatewaySettings | None = None) -> FastAPI:
    """A gateway; nothing is opened before its lifespan starts."""
    chosen = settings or GatewaySettings()
    metrics = GatewayMetrics()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _opened(chosen, metrics) as opened:
            app.state.parts = opened
            yield

    app = FastAPI(
        title="imgdiff",
        version=__version__,
        summary="Where two images differ and what changed, with evidence.",
        lifespan=lifespan,
        dependencies=[Depends(refuse_unknown_query)],
        responses=documented(InvalidRequest, ImgdiffError),
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    add_problems(app)
    app.add_middleware(Envelope, metrics=metrics, max_body_bytes=chosen.max_body_bytes)
    rooms = (difference_captions, syntheses, jobs, records, datasets, funnels, assets, models, health, schemas, page)
    for routes in rooms:
        app.include_router(routes.router)
    openapi.complete(app)
    return app


@contextlib.asynccontextmanager
async def _opened(settings: GatewaySettings, metrics: GatewayMetrics) -> AsyncIterator[Parts]:
    database, broker = Database(settings.database_url), Broker(settings)
    try:
        await asyncio.to_thread(migrate, database)
        await asyncio.to_thread(forget_old, database)
        store = AssetStore(settings.assets_url, settings.assets_endpoint)
        intake = Intake(database, store, settings.limits)
        submissions = Submissions(settings, database, broker)
        async with httpx.AsyncClient(timeout=settings.probe_seconds) as http, _swept(settings, database, broker):
            yield Parts(settings, database, store, http, metrics, intake, submissions)
    finally:
        broker.close()
        database.close()


@contextlib.asynccontextmanager
async def _swept(settings: GatewaySettings, database: Database, broker: Broker) -> AsyncIterator[None]:
    """Stranded work is looked for as long as the gateway runs."""
    stopping = asyncio.Event()
    sweeping = asyncio.create_task(Sweeper(settings, database, broker).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(sweeping, return_exceptions=True)
