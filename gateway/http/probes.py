"""Probes of what the gateway depends on: whether it answers, and which models the services run."""

import asyncio
from collections.abc import Awaitable

import httpx
import redis.asyncio as redis
from pydantic import ValidationError

from gateway.http.deps import AppState
from imgdiff.datasets import ServiceModels
from imgdiff.errors import ImgdiffError
from imgdiff.jobs import StageName
from imgdiff.stages import ServiceMetadata


async def check_all(state: AppState) -> dict[str, str]:
    """`ok` or what is wrong, for every dependency; all are probed concurrently."""
    probes: dict[str, Awaitable[None]] = {
        "database": asyncio.to_thread(state.database.ping),
        "assets": asyncio.to_thread(state.assets.ping),
        "redis": _ping_redis(state.settings.redis_url, state.settings.probe_seconds),
    }
    probes |= {name.value: _ping_service(state, url) for name, url in state.services.items()}
    seconds = state.settings.probe_seconds
    answers = await asyncio.gather(*(_outcome(probe, seconds) for probe in probes.values()))
    return dict(zip(probes, answers, strict=True))


async def describe_services(state: AppState) -> tuple[ServiceModels, ...]:
    """The models of each service; a service that does not answer is not ready."""
    services = state.services.items()
    return tuple(await asyncio.gather(*(_describe(state, name, url) for name, url in services)))


async def _outcome(probe: Awaitable[None], seconds: float) -> str:
    try:
        await asyncio.wait_for(probe, seconds)
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except ImgdiffError as error:
        return error.detail
    except Exception as error:  # noqa: BLE001  whatever it is, it is not ready; its message may hold addresses
        return f"not reachable ({type(error).__name__})"
    return "ok"


async def _ping_redis(url: str, seconds: float) -> None:
    client = redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds)
    async with client:
        await client.ping()


async def _ping_service(state: AppState, url: str) -> None:
    answer = await state.http.get(f"{url}/v2/health/ready")
    if answer.status_code != httpx.codes.OK:
        raise ImgdiffError(f"answers {answer.status_code}")


async def _describe(state: AppState, name: StageName, url: str) -> ServiceModels:
    try:
        answer = await state.http.get(f"{url}/v2/models/{name}")
        answer.raise_for_status()
        known = ServiceMetadata.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError):
        return ServiceModels(service=name.value, ready=False)
    return ServiceModels(
        service=name.value, ready=True, backend=known.backend, device=known.device, models=known.models
    )
