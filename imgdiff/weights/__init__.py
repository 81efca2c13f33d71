"""The weight files: what they are, where they lie, and how they get there."""

import threading
from collections.abc import Sequence
from pathlib import Path

from imgdiff.errors import WeightsCorrupt
from imgdiff.frozen import Frozen
from imgdiff.records import ModelUse
from imgdiff.weights.download import require_digest
from imgdiff.weights.fetch import Progress, fetch, has_size, silent
from imgdiff.weights.manifest import Manifest, Weights, manifest
from imgdiff.weights.settings import ModelSettings

__all__ = [
    "Manifest", "ModelSettings", "ModelStatus", "Weights", "fetch_all", "locate", "manifest", "status", "use", "verify",
]  # fmt: skip

_verified: dict[Path, str] = {}
_verifying = threading.Lock()


class ModelStatus(Frozen):
    """One weight file as it is on this machine."""

    name: str
    role: str
    version: str
    licence: str
    size: int
    path: Path
    present: bool


def locate(name: str) -> Path:
    """Where the file of these weights is, fetched when missing; its digest is checked once a process.

    Raises WeightsUnavailable when it cannot be had and WeightsCorrupt (removing the file) when it is not itself.
    """
    weights, settings = manifest().named(name), ModelSettings()
    path = settings.models_dir / weights.file
    with _verifying:
        if _verified.get(path) != weights.sha256 or not path.exists():
            if path.exists():
                _require_whole(path, weights)
            else:
                fetch([weights], settings)
            _verified[path] = weights.sha256
    return path


def verify(name: str) -> Path:
    """Check the file again; raises WeightsUnavailable when it is missing, WeightsCorrupt when it is not itself."""
    weights = manifest().named(name)
    settings = ModelSettings().model_copy(update={"offline": True})
    path = settings.models_dir / weights.file
    if path.exists():
        _require_whole(path, weights)
    else:
        fetch([weights], settings)
    return path


def use(stage: str, *names: str) -> tuple[ModelUse, ...]:
    """These weights as a record's provenance names them."""
    return tuple(
        ModelUse(
            stage=stage,
            name=weights.name,
            version=weights.source.version,
            sha256=weights.sha256,
            licence=weights.licence.spdx,
        )
        for weights in map(manifest().named, names)
    )


def fetch_all(names: Sequence[str] | None = None, progress: Progress = silent) -> None:
    """Make these files present (all of them by default), replacing the corrupt ones."""
    wanted = manifest().weights if names is None else [manifest().named(name) for name in names]
    fetch(wanted, ModelSettings(), progress)


def status() -> list[ModelStatus]:
    """Every weight file of the manifest and whether it is here in full; no digest is computed."""
    directory = ModelSettings().models_dir
    return [
        ModelStatus(
            name=weights.name,
            role=weights.role,
            version=weights.source.version,
            licence=weights.licence.spdx,
            size=weights.size,
            path=directory / weights.file,
            present=has_size(directory / weights.file, weights.size),
        )
        for weights in manifest().weights
    ]


def _require_whole(path: Path, weights: Weights) -> None:
    try:
        require_digest(path, weights.sha256, weights.file)
    except WeightsCorrupt as error:
        raise WeightsCorrupt(f"{error.detail}; run `imgdiff models fetch`") from error
