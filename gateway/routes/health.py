"""Whether the gateway lives, whether it can work, and what it counts."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from gateway.http.deps import PartsDep
from gateway.http.probes import check_all

router = APIRouter(tags=["health"])


@router.get("/livez")
async def live() -> dict[str, bool]:
    """Whether this process should go on living; asks nobody else."""
    return {"live": True}


@router.get("/readyz", responses={503: {"description": "Something is not ready; `checks` says what."}})
async def ready(parts: PartsDep) -> JSONResponse:
    """Whether database, queue, asset store and the three services answer; `checks` has a word on each."""
    checks = await check_all(parts)
    fine = all(answer == "ok" for answer in checks.values())
    return JSONResponse({"ready": fine, "checks": checks}, 200 if fine else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(parts: PartsDep) -> Response:
    """Prometheus metrics."""
    text = parts.metrics.exposition(parts.database)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
