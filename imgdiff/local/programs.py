"""The six programs of the local set: commands, addresses and settings. It names modules and imports none of them."""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from imgdiff.jobs import StageName
from imgdiff.local.layout import Layout
from imgdiff.local.ports import LOOPBACK, free_ports, reachable
from imgdiff.local.probes import BeatProbe, HttpProbe, Probe, RedisProbe
from imgdiff.local.redis_files import set_aside, write_config

# The worker shows no life until Celery is connected to Redis again; between two attempts it waits up to 30 s (kombu's
# `ensure_connection`), and its beat takes 2.
_RECONNECT_SECONDS = 32.0
GATEWAY, WORKER, REDIS = "gateway", "worker", "redis"


@dataclass(frozen=True)
class Program:
    """One child process: its command, settings and log, what it is asked, and the umask of its files."""

    name: str
    command: tuple[str, ...]
    settings: dict[str, str]
    log: Path
    probe: Probe | None = None
    umask: int = -1  # this process's
    pid_file: Path | None = None
    start_anew: Callable[[], str | None] | None = None
    """Puts away what may keep it from starting; returns a sentence about that, or None."""

    def environment(self) -> dict[str, str]:
        """This process's environment, overridden by the program's settings.

        No Python that it starts looks for modules in the current folder.
        """
        return os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"} | self.settings


def local_programs(
    layout: Layout, redis_server: Path, host: str, port: int, opening: Mapping[str, str] = MappingProxyType({})
) -> tuple[Program, ...]:
    """All six, in the order of their start; `opening` has settings of who may come in.

    Writes redis.conf; raises Conflict for a host that is unknown.
    """
    redis_port, *service_ports = free_ports(1 + len(StageName))
    password = secrets.token_hex(16)
    config = write_config(layout, redis_port, password)
    ports = dict(zip(StageName, service_ports, strict=True))
    secret = secrets.token_hex(32)
    shared = _gateway_settings(layout, f"redis://:{password}@{LOOPBACK}:{redis_port}/0", ports)
    shared["IMGDIFF_GATEWAY_SERVICE_SECRET"] = secret
    asked = RedisProbe(LOOPBACK, redis_port, password)
    command, start_anew = (str(redis_server), str(config)), partial(set_aside, layout)
    redis = Program(REDIS, command, {}, layout.log(REDIS), asked, 0o077, layout.pid(REDIS), start_anew)
    services = [_service(layout, name, service_port, secret) for name, service_port in ports.items()]
    return (redis, *services, _gateway(layout, {**shared, **opening}, host, port), _worker(layout, shared))


def _gateway(layout: Layout, shared: dict[str, str], host: str, port: int) -> Program:
    settings = shared | {"IMGDIFF_GATEWAY_HOST": host, "IMGDIFF_GATEWAY_PORT": str(port)}
    probe = HttpProbe(reachable(host, port), port, "/livez")
    return Program(GATEWAY, _module("gateway"), settings, layout.log(GATEWAY), probe, pid_file=layout.pid(GATEWAY))


def _worker(layout: Layout, shared: dict[str, str]) -> Program:
    beat = layout.run / "worker.heartbeat"
    settings = shared | {"IMGDIFF_GATEWAY_WORKER_HEARTBEAT_FILE": str(beat)}
    probe = BeatProbe(beat, _RECONNECT_SECONDS)
    command = _module("gateway.worker")
    return Program(WORKER, command, settings, layout.log(WORKER), probe, pid_file=layout.pid(WORKER))


def _service(layout: Layout, name: StageName, port: int, secret: str) -> Program:
    prefix = f"IMGDIFF_{name.upper()}"
    settings = {f"{prefix}_HOST": LOOPBACK, f"{prefix}_PORT": str(port), f"{prefix}_SECRET": secret}
    probe = HttpProbe(LOOPBACK, port, "/v2/health/live", "/v2/health/ready")
    command, log = _module(f"services.{name}"), layout.log(name.value)
    return Program(name.value, command, settings, log, probe, pid_file=layout.pid(name.value))


def _module(name: str) -> tuple[str, ...]:
    """Runs a module, but none of the current folder (-P)."""
    return (sys.executable, "-P", "-m", name)


def _gateway_settings(layout: Layout, redis_url: str, ports: dict[StageName, int]) -> dict[str, str]:
    prefix = "IMGDIFF_GATEWAY"
    addresses = {f"{prefix}_{name.upper()}_URL": f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
    return addresses | {
        f"{prefix}_DATABASE_URL": f"sqlite:///{layout.database}",
        f"{prefix}_ASSETS_URL": layout.assets.as_uri(),
        f"{prefix}_REDIS_URL": redis_url,
    }
