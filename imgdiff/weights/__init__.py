"""The weight files: which there are, where they are kept, and how they are fetched."""

import threading
from collections.abc import Sequence
from pathlib import Path

from imgdiff.errors import WeightsCorrupt
from imgdiff.frozen import Frozen
from imgdiff.jobs import StageName
from imgdiff.records import ModelUse
from imgdiff.weights.download import require_digest
from imgdiff.weights.fetch import Progress, fetch, has_size, silent
from imgdiff.weights.manifest import Manifest, Weights, manifest
from imgdiff.weights.settings import ModelSettings

__all__ = [
    "Manifest",
    "ModelSettings",
    "ModelStatus",
    "Weights",
    "fetch_all",
    "locate",
    "manifest",
    "names_for",
    "status",
    "use",
    "verify",
]

_verified: dict[Path, str] = {}
_verifying = threading.Lock()


class ModelStatus(Frozen):
    """One weight file, and whether this machine has it."""

    name: str
    services: tuple[StageName, ...]
    version: str
    licence: str
    size: int
    present: bool


def locate(name: str) -> Path:
    """The path of these weights, fetched when missing; each process checks the digest once.

    Raises WeightsUnavailable when they cannot be fetched and WeightsCorrupt, removing the file, for a wrong digest.
    """
    weights, settings = manifest().named(name), ModelSettings()
    path = settings.models_dir / weights.file
    with _verifying:
        if _verified.get(path) != weights.sha256 or not path.exists():
            _ensure(path, weights, settings)
            _verified[path] = weights.sha256
    return path


def verify(name: str) -> Path:
    """Check the digest again; raises WeightsUnavailable for a missing file, WeightsCorrupt for a wrong digest."""
    weights = manifest().named(name)
    settings = ModelSettings().model_copy(update={"offline": True})
    path = settings.models_dir / weights.file
    _ensure(path, weights, settings)
    return path


def use(stage: str, *names: str) -> tuple[ModelUse, ...]:
    """These weights as a record's provenance lists them."""
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


def names_for(service: StageName) -> list[str]:
    """The weights that one service reads."""
    return [weights.name for weights in manifest().weights if service in weights.services]


def fetch_all(names: Sequence[str] | None = None, progress: Progress = silent) -> None:
    """Make these files present (all of them by default), replacing the corrupt ones."""
    wanted = manifest().weights if names is None else [manifest().named(name) for name in names]
    fetch(wanted, ModelSettings(), progress)


def status() -> list[ModelStatus]:
    """Every weight file of the manifest and whether it is here in full, by its size alone."""
    directory = ModelSettings().models_dir
    return [
        ModelStatus(
            name=weights.name,
            services=weights.services,
            version=weights.source.version,
            licence=weights.licence.spdx,
            size=weights.size,
            present=has_size(directory / weights.file, weights.size),
        )
        for weights in manifest().weights
    ]


def _ensure(path: Path, weights: Weights, settings: ModelSettings) -> None:
    """Check the file's digest, or fetch a missing file."""
    if not path.exists():
        fetch([weights], settings)
        return
    try:
        require_digest(path, weights.sha256, weights.file)
    except WeightsCorrupt as error:
        raise WeightsCorrupt(f"{error.detail}; run `imgdiff models fetch`") from error
