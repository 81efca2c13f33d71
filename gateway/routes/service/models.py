"""The models that the services run."""

from fastapi import APIRouter

from gateway.http.deps import StateDep
from gateway.http.probes import describe_services
from imgdiff.datasets import Models

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("")
async def list_models(state: StateDep) -> Models:
    """Backend, weights (name, version, sha256, licence) and device of each service."""
    return Models(services=await describe_services(state.http, state.services))
