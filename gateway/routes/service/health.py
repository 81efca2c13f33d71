"""Liveness, readiness and metrics of the gateway."""

from fastapi import APIRouter, Response

from gateway.http.deps import StateDep
from gateway.http.probes import check_all
from gateway.http.rendering import Json

router = APIRouter(tags=["health"])


@router.get("/livez")
async def live() -> dict[str, bool]:
    """Whether this process is alive; probes nothing else."""
    return {"live": True}


@router.get("/readyz", responses={503: {"description": "A dependency is not ready; `checks` names it."}})
async def ready(state: StateDep) -> Json:
    """Whether database, queue, asset store and the three services answer; `checks` has one entry for each."""
    checks = await check_all(state)
    fine = all(answer == "ok" for answer in checks.values())
    return Json({"ready": fine, "checks": checks}, 200 if fine else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(state: StateDep) -> Response:
    """Prometheus metrics."""
    text = state.metrics.exposition(state.collectors)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
