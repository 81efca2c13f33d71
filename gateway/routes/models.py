"""Which models are at work behind the gateway."""

from fastapi import APIRouter

from gateway.http.deps import PartsDep
from gateway.http.probes import describe_services
from imgdiff.datasets import Models

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("")
async def list_models(parts: PartsDep) -> Models:
    """Backend, weights (name, version, sha256, licence) and device of each service."""
    return Models(services=await describe_services(parts))
