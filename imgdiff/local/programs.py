"""The six programs of the local set: commands, addresses and settings. It names modules and imports none of them."""

import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from imgdiff.jobs import StageName
from imgdiff.local.layout import Layout
from imgdiff.local.ports import LOOPBACK, free_ports

GATEWAY, WORKER, REDIS = "gateway", "worker", "redis"


@dataclass(frozen=True)
class Program:
    """One child process: its command, settings and log."""

    name: str
    command: tuple[str, ...]
    settings: dict[str, str]
    log: Path

    def environment(self) -> dict[str, str]:
        """This process's environment, overridden by the program's settings."""
        return os.environ | {"PYTHONUNBUFFERED": "1"} | self.settings


def local_programs(layout: Layout, redis_server: Path, host: str, port: int) -> tuple[Program, ...]:
    """All six, in the order of their start. Writes redis.conf."""
    redis_port, *service_ports = free_ports(1 + len(StageName))
    password = secrets.token_hex(16)
    config = _write_redis_config(layout, redis_port, password)
    ports = dict(zip(StageName, service_ports, strict=True))
    shared = _gateway_settings(layout, f"redis://:{password}@{LOOPBACK}:{redis_port}/0", ports)
    redis = Program(REDIS, (str(redis_server), str(config)), {}, layout.log(REDIS))
    services = [_service(layout, name, service_port) for name, service_port in ports.items()]
    edge = shared | {"IMGDIFF_GATEWAY_HOST": host, "IMGDIFF_GATEWAY_PORT": str(port)}
    gateway = Program(GATEWAY, (sys.executable, "-m", "gateway"), edge, layout.log(GATEWAY))
    beating = shared | {"IMGDIFF_GATEWAY_WORKER_HEARTBEAT_FILE": str(layout.run / "worker.heartbeat")}
    worker = Program(WORKER, (sys.executable, "-m", "gateway.worker"), beating, layout.log(WORKER))
    return (redis, *services, gateway, worker)


def _service(layout: Layout, name: StageName, port: int) -> Program:
    prefix = f"IMGDIFF_{name.upper()}"
    settings = {f"{prefix}_HOST": LOOPBACK, f"{prefix}_PORT": str(port)}
    return Program(name.value, (sys.executable, "-m", f"services.{name}"), settings, layout.log(name.value))


def _gateway_settings(layout: Layout, redis_url: str, ports: dict[StageName, int]) -> dict[str, str]:
    prefix = "IMGDIFF_GATEWAY"
    addresses = {f"{prefix}_{name.upper()}_URL": f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
    return addresses | {
        f"{prefix}_DATABASE_URL": f"sqlite:///{layout.database}",
        f"{prefix}_ASSETS_URL": layout.assets.as_uri(),
        f"{prefix}_REDIS_URL": redis_url,
    }


def _write_redis_config(layout: Layout, port: int, password: str) -> Path:
    """On loopback only, with a password that no process list shows and every write in the append-only file."""
    path = layout.redis / "redis.conf"
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        f"dir {json.dumps(str(layout.redis))}",
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        "aof-use-rdb-preamble no",  # plain commands, which other releases of Redis and Valkey can read
        'save ""',
        "maxmemory-policy noeviction",
    ]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
