"""Questions to the parts that the gateway depends on: are you there, and what do you run?"""

import asyncio
from collections.abc import Awaitable

import httpx
import redis.asyncio as redis
from pydantic import ValidationError

from gateway.http.deps import Parts
from imgdiff.datasets import ServiceModels
from imgdiff.errors import ImgdiffError
from imgdiff.jobs import StageName
from imgdiff.stages import ServiceMetadata


async def check_all(parts: Parts) -> dict[str, str]:
    """`ok` or what is wrong, for everything the gateway needs; asked all at once."""
    questions: dict[str, Awaitable[None]] = {
        "database": asyncio.to_thread(parts.database.ping),
        "assets": asyncio.to_thread(parts.assets.ping),
        "redis": _ping_redis(parts.settings.redis_url, parts.settings.probe_seconds),
    }
    questions |= {name.value: _ping_service(parts, url) for name, url in parts.settings.services.items()}
    seconds = parts.settings.probe_seconds
    answers = await asyncio.gather(*(_verdict(question, seconds) for question in questions.values()))
    return dict(zip(questions, answers, strict=True))


async def describe_services(parts: Parts) -> tuple[ServiceModels, ...]:
    """What each service runs; one that does not answer is not ready."""
    found = parts.settings.services.items()
    return tuple(await asyncio.gather(*(_describe(parts, name, url) for name, url in found)))


async def _verdict(question: Awaitable[None], seconds: float) -> str:
    try:
        await asyncio.wait_for(question, seconds)
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except ImgdiffError as error:
        return error.detail
    except Exception as error:  # noqa: BLE001  whatever it is, it is not ready; addresses stay inside
        return f"not reachable ({type(error).__name__})"
    return "ok"


async def _ping_redis(url: str, seconds: float) -> None:
    client = redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds)
    async with client:
        await client.ping()


async def _ping_service(parts: Parts, url: str) -> None:
    answer = await parts.http.get(f"{url}/v2/health/ready")
    if answer.status_code != httpx.codes.OK:
        raise ImgdiffError(f"answers {answer.status_code}")


async def _describe(parts: Parts, name: StageName, url: str) -> ServiceModels:
    try:
        answer = await parts.http.get(f"{url}/v2/models/{name}")
        answer.raise_for_status()
        known = ServiceMetadata.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError):
        return ServiceModels(service=name.value, ready=False)
    return ServiceModels(
        service=name.value, ready=True, backend=known.backend, device=known.device, models=known.models
    )
