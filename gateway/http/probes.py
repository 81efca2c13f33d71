"""Probes of what the gateway depends on: whether it can take jobs, what is degraded, which models the services run."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from anyio import CapacityLimiter, to_thread
from pydantic import ValidationError

from gateway.pipeline.broker import Broker
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.outages import outage
from imgdiff.datasets import ServiceModels
from imgdiff.errors import ImgdiffError, ServiceUnavailable
from imgdiff.jobs import StageName
from imgdiff.stages import ServiceMetadata

OK = "ok"
_FRESH_SECONDS = 1.0  # that answers are given again, so that many probes cost as much as one; chosen, not measured
_MIB = 2**20  # bytes
_NEEDED = ("database", "assets", "disk")  # without one of these nothing can be accepted and stored
_MEANWHILE = {
    "redis": "jobs are stored, and start once it is back",
    "worker": "jobs wait for one",
    "queue": "new jobs are refused until others have ended",
}

Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Readiness:
    """What every check answered: `ok` or what is wrong. `ready` is whether jobs can be accepted and stored."""

    checks: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether all that is needed for accepting and storing is fine."""
        return all(self.checks[name] == OK for name in _NEEDED)

    @property
    def degraded(self) -> dict[str, str]:
        """A sentence for each other check that failed."""
        failed = {name: why for name, why in self.checks.items() if why != OK and name not in _NEEDED}
        return {name: f"{name}: {why}; {_MEANWHILE.get(name, 'its jobs wait')}." for name, why in failed.items()}


class Probes:
    """Runs the checks, each at most once at a time: one that hangs costs one thread, however often it is asked for."""

    def __init__(self, checks: Mapping[str, Check], seconds: float) -> None:
        self._checks = checks
        self._seconds = seconds
        self._running: dict[str, asyncio.Task[None]] = {}
        self._last: tuple[float, Readiness] | None = None

    async def look(self) -> Readiness:
        """What every check answers within the longest wait; all run concurrently."""
        if self._last is not None and time.monotonic() - self._last[0] < _FRESH_SECONDS:
            return self._last[1]
        answers = await asyncio.gather(*(self._answer(name) for name in self._checks))
        found = Readiness(dict(zip(self._checks, answers, strict=True)))
        self._last = time.monotonic(), found
        return found

    async def _answer(self, name: str) -> str:
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.ensure_future(self._checks[name]())
        await asyncio.wait({task}, timeout=self._seconds)
        if not task.done():
            return f"no answer within {self._seconds:g} s"
        if self._running.get(name) is task:
            del self._running[name]
        return _told(task.exception())


def create_checks(
    database: Database, assets: AssetStore, broker: Broker, refuse_when_full: Callable[[], None], min_free_bytes: int
) -> dict[str, Check]:
    """The checks of all but the services; they block in threads of their own."""
    limiter = CapacityLimiter(8)

    def blocking(check: Callable[[], None]) -> Check:
        return lambda: to_thread.run_sync(check, limiter=limiter)

    def require_room() -> None:
        for folder in {database.folder, assets.folder} - {None}:
            _require_room(folder, min_free_bytes)

    return {
        "database": blocking(database.require_writable),
        "assets": blocking(assets.require_writable),
        "disk": blocking(require_room),
        "redis": blocking(broker.ping),
        "worker": blocking(lambda: _require_workers(broker)),
        "queue": blocking(refuse_when_full),
    }


def check_services(http: httpx.AsyncClient, services: Mapping[StageName, str]) -> dict[str, Check]:
    """The checks of the services."""

    def check(url: str) -> Check:
        return lambda: _ping_service(http, url)

    return {name.value: check(url) for name, url in services.items()}


async def describe_services(http: httpx.AsyncClient, services: Mapping[StageName, str]) -> tuple[ServiceModels, ...]:
    """The models of each service; a service that does not answer is not ready."""
    return tuple(await asyncio.gather(*(_describe(http, name, url) for name, url in services.items())))


def _told(error: BaseException | None) -> str:
    if error is None:
        return OK
    known = error if isinstance(error, ImgdiffError) else outage(error)
    return f"not reachable ({type(error).__name__})" if known is None else known.detail  # a message may hold addresses


def _require_room(folder: Path | None, least: int) -> None:
    if folder is None:
        return
    free = shutil.disk_usage(folder).free
    if free < least:
        raise ServiceUnavailable(f"{free / _MIB:.0f} MiB are free, fewer than {least / _MIB:.0f}")


def _require_workers(broker: Broker) -> None:
    missing = [name.value for name in StageName if name not in broker.served()]
    if missing:
        raise ServiceUnavailable(f"none takes {', '.join(missing)}")


async def _ping_service(http: httpx.AsyncClient, url: str) -> None:
    answer = await http.get(f"{url}/v2/health/ready")
    if answer.status_code != httpx.codes.OK:
        raise ImgdiffError(f"answers {answer.status_code}")


async def _describe(http: httpx.AsyncClient, name: StageName, url: str) -> ServiceModels:
    try:
        answer = await http.get(f"{url}/v2/models/{name}")
        answer.raise_for_status()
        known = ServiceMetadata.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError):
        return ServiceModels(service=name.value, ready=False)
    return ServiceModels(
        service=name.value, ready=True, backend=known.backend, device=known.device, models=known.models
    )
