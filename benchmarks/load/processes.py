"""The processes of one run: Redis, instant services, gateway and worker, and what each has cost so far."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import redis

from benchmarks.load.transactions import create_database, read_transactions
from benchmarks.local_gateway import processor_seconds
from gateway.store.database import Database
from gateway.store.migration import migrate
from imgdiff.local.ports import free_ports
from imgdiff.local.requirements import require_installed

_INSTANT = "benchmarks.load.instant_services"
_START_SECONDS = 60.0  # for all of them to come up; chosen, not measured
_MAX_QUEUED = 100_000  # jobs; the limit of the queue is not what is measured


@dataclass(frozen=True)
class Running:
    """What runs: the gateway's and Redis' addresses, the database, and the process ids by name."""

    url: str
    redis_url: str
    database: str
    pids: dict[str, int]
    folder: Path

    def cost(self) -> dict[str, float]:
        """Seconds of processor of each process so far, and the number of write transactions."""
        costs = {name: processor_seconds(pid) for name, pid in self.pids.items()}
        return costs | {"transactions": float(read_transactions(self.database))}

    def megabytes(self, name: str) -> float:
        """Resident memory of a process now."""
        status = Path(f"/proc/{self.pids[name]}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@contextmanager
def run_engine(kind: str, folder: Path, workers: int, services: str = _INSTANT, **settings: str) -> Iterator[Running]:
    """All processes over an empty database of that kind; they end with the block.

    `services` is the module that answers for detection and captioning, `settings` are the gateway's.
    """
    port, redis_port, services_port = free_ports(3)
    redis_url = f"redis://127.0.0.1:{redis_port}/0"
    with create_database(kind, folder) as database:
        _make_tables(database)
        more = {f"IMGDIFF_GATEWAY_{key}": value for key, value in settings.items()}
        shared = _settings(database, folder, redis_url, services_port) | more
        programs = {
            "redis": [str(require_installed()), "--port", str(redis_port), "--dir", str(folder), "--save", ""],
            "services": [sys.executable, "-m", services, str(services_port), str(folder)],
            "gateway": [sys.executable, "-m", "gateway"],
            **{f"worker{number}": [sys.executable, "-m", "gateway.worker"] for number in range(workers)},
        }
        environment = os.environ | shared | {"IMGDIFF_GATEWAY_PORT": str(port)}
        with _started(programs, environment, folder) as pids:
            url = f"http://127.0.0.1:{port}"
            _wait(url, redis_url)
            yield Running(url, redis_url, database, pids, folder)


def _make_tables(database: str) -> None:
    opened = Database(database)
    migrate(opened)
    opened.close()


def _settings(database: str, folder: Path, redis_url: str, services: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{services}"
    settings = {
        "DATABASE_URL": database,
        "ASSETS_URL": (folder / "assets").as_uri(),
        "REDIS_URL": redis_url,
        "DETECTION_URL": address,
        "CAPTIONING_URL": address,
        "MAX_QUEUED_JOBS": str(_MAX_QUEUED),
        "RESULT_CACHE_ENTRIES": "0",  # every stage calls its service
        "LOG_LEVEL": "warning",
    }
    return {f"IMGDIFF_GATEWAY_{name}": value for name, value in settings.items()}


@contextmanager
def _started(programs: dict[str, list[str]], environment: dict[str, str], folder: Path) -> Iterator[dict[str, int]]:
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in programs.items():
            with (folder / f"{name}.log").open("wb") as log:
                processes[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        yield {name: process.pid for name, process in processes.items()}
    finally:
        for process in reversed(processes.values()):
            process.terminate()
        for process in processes.values():
            process.wait()


def _wait(url: str, redis_url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    with httpx.Client() as http, redis.Redis.from_url(redis_url) as server:
        while not (_answers(http, url) and _answers_redis(server)):
            assert time.monotonic() < until, f"{url} did not come up"
            time.sleep(0.1)


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(f"{url}/livez").is_success
    except httpx.TransportError:
        return False


def _answers_redis(server: "redis.Redis") -> bool:
    try:
        return bool(server.ping())
    except redis.RedisError:
        return False
