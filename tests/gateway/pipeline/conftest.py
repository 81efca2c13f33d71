"""Real processes: Redis, three scripted services and a worker; the gateway over loopback."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway import worker
from gateway.app import create_app
from gateway.pipeline.stage_table import addresses
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.client import Client
from imgdiff.jobs import StageName
from imgdiff.local.requirements import require_installed
from tests.gateway.pipeline import scripted_service
from tests.gateway.pipeline.processes import Running, Start, forked, program
from tests.ports import reserved_ports


@dataclass
class Stage:
    """The processes of one test; each can be killed and restarted on its port."""

    folder: Path
    settings: GatewaySettings
    client: Client
    http: httpx.Client
    starts: dict[str, Start]
    processes: dict[str, Running] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process."""
        shared = {f"IMGDIFF_GATEWAY_{key.upper()}": _text(value) for key, value in self.settings.model_dump().items()}
        environment = os.environ | {key: value for key, value in shared.items() if value is not None}
        self.processes[name] = self.starts[name](environment, self.folder / f"{name}.out")

    def kill(self, name: str) -> None:
        """Send SIGKILL and wait for the end."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self, name: str) -> int | None:
        """Send SIGTERM and return the exit code."""
        self.processes[name].terminate()
        return self.processes[name].wait(120)

    def script(self, name: str, **acts: Any) -> None:
        """Set what a service does from now on."""
        path = self.folder / f"{name}.json"
        path.with_suffix(".new").write_text(json.dumps(acts))
        path.with_suffix(".new").replace(path)

    def ready(self) -> bool:
        """Whether all processes are ready; fails when one of them has ended."""
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        assert not ended, f"{ended} ended\n{self.log()}"
        return (self.folder / "heartbeat").exists() and self.client.ready()  # a file costs less to look at

    def done(self, name: str, what: str = "done") -> int:
        """How many times a service logged `what`."""
        log = self.folder / f"{name}.log"
        return log.read_text().splitlines().count(what) if log.exists() else 0

    def until(self, true: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until a condition holds."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def log(self) -> str:
        """The end of every process's output."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.out")))


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value) if isinstance(value, list | tuple) else str(value)


def _start_redis(folder: Path, url: str) -> Start:
    port = url.rpartition(":")[2].partition("/")[0]
    redis = (str(require_installed()), "--port", port, "--dir", str(folder))
    return program(*redis, "--appendonly", "yes", "--save", "")


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """One port for Redis and one for each service."""
    with reserved_ports(1 + len(StageName)) as ports:
        yield ports


@pytest.fixture
def settings(tmp_path: Path, new_sqlite: str, ports: list[int]) -> GatewaySettings:
    """Settings with short leases and sweeps, so that lost work is noticed quickly."""
    redis, *services = ports
    urls = {f"{name.value}_url": f"http://127.0.0.1:{port}" for name, port in zip(StageName, services, strict=True)}
    return GatewaySettings(
        database_url=new_sqlite,
        assets_url=(tmp_path / "assets").as_uri(),
        redis_url=f"redis://127.0.0.1:{redis}/0",
        lease_seconds=4.0,  # a busy machine renews late; a killed worker's stages wait this long
        worker_grace_seconds=1.0,
        sweep_seconds=0.2,
        max_queued_jobs=12,
        worker_concurrency=8,
        edits_in_flight=3,
        worker_heartbeat_file=str(tmp_path / "heartbeat"),
        **urls,  # type: ignore[arg-type]  # only the three URLs
    )


@pytest.fixture
def services(settings: GatewaySettings, tmp_path: Path) -> dict[str, Start]:
    """The starts of scripted ones; empty where the settings name others."""
    return {
        name.value: forked(scripted_service.main, name, int(url.rpartition(":")[2]), tmp_path)
        for name, url in addresses(settings).items()
    }


@pytest.fixture
def acts() -> dict[str, Any]:
    """What the scripts of all services say at first: to answer immediately."""
    return {}


@pytest.fixture
def stage(
    settings: GatewaySettings,
    services: dict[str, Start],
    acts: dict[str, Any],
    tmp_path: Path,
    serve: Callable[..., httpx.Client],
) -> Iterator[Stage]:
    """All processes run, and every service follows its script."""
    redis = _start_redis(tmp_path, settings.redis_url)
    starts = {"redis": redis, "worker": forked(worker.main), **services}
    database = Database(settings.database_url)
    http = serve(create_app(settings))
    with Client(str(http.base_url)) as client:
        stage = Stage(tmp_path, settings, client, http, starts)
        try:
            for name in StageName:
                stage.script(name, **acts)
            for name in starts:
                stage.start(name)
            stage.until(stage.ready)
            yield stage
        finally:
            for name, process in stage.processes.items():
                if process.poll() is None:
                    stage.kill(name)
            database.close()
