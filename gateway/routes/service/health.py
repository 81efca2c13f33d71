"""Liveness, readiness and metrics of the gateway."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from gateway.http.deps import StateDep
from gateway.http.rendering import Json

router = APIRouter(tags=["health"])


@router.get("/livez")
async def live() -> dict[str, bool]:
    """Whether this process is alive; probes nothing else and waits for nothing."""
    return {"live": True}


@router.get("/readyz", responses={503: {"description": "Jobs cannot be accepted now; `checks` names the cause."}})
async def ready(
    state: StateDep,
    degraded: Annotated[bool, Query(description="Whether a gateway with degraded parts counts as ready.")] = True,
) -> Json:
    """Whether jobs can be accepted and stored: database and asset store can be written, and their disk has room.

    `checks` has `ok` or what is wrong for each part. Of those that only delay jobs (`redis`, `worker`, `queue` and the
    three services), `degraded` has a sentence for each that fails.
    """
    found = await state.probes.look()
    fine = found.ready and (degraded or not found.degraded)
    body = {"ready": fine, "checks": dict(found.checks), "degraded": found.degraded}
    return Json(body, 200 if fine else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(state: StateDep) -> Response:
    """Prometheus metrics."""
    found = await state.probes.look()
    state.metrics.show_checks(found.ready, {name: answer == "ok" for name, answer in found.checks.items()})
    text = await run_in_threadpool(state.metrics.exposition, state.collectors)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
