"""What a repository of the hub holds, and a snapshot of some of its files in the hub's own cache.

Large files come by imgdiff's own download, which resumes after a cut in a later run too and checks the digest; the
hub's client throws half a file away. It does all the rest: names, tokens, the small files, the layout of the cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from imgdiff.backends.hub_errors import INSTALL, cache_folder, explain_failures, no_space
from imgdiff.backends.hub_names import HubName
from imgdiff.backends.machine import free_space
from imgdiff.errors import WeightsUnavailable
from imgdiff.weights.connection import open_client
from imgdiff.weights.download import download
from imgdiff.weights.fetch import Progress
from imgdiff.weights.settings import ModelSettings

_RESERVE = 1 << 30  # bytes that stay free on the disk; chosen, not measured


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository; `sha256` only of large ones, which the hub stores by it."""

    path: str
    size: int
    sha256: str | None


@dataclass(frozen=True)
class Listing:
    """A repository's files at one commit."""

    name: HubName
    commit: str
    files: tuple[RemoteFile, ...]

    def matching(self, wanted: Sequence[str], unwanted: Sequence[str] = ()) -> tuple[RemoteFile, ...]:
        """The files that fit a pattern of the first list and none of the second; `*` crosses slashes."""
        return tuple(file for file in self.files if _fits(file.path, wanted) and not _fits(file.path, unwanted))


def _fits(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def require_client() -> None:
    """Raises WeightsUnavailable with advice where the hub's client is not installed."""
    try:
        import huggingface_hub  # noqa: F401, PLC0415  of the extra `gpu`
    except ImportError as error:
        raise WeightsUnavailable(f"models of the hub need the extra `gpu`: {INSTALL}") from error


def list_files(name: HubName, prefix: str = "") -> Listing:
    """The files of a model at its revision; raises WeightsUnavailable, its text beginning with the prefix."""
    from huggingface_hub import HfApi  # noqa: PLC0415  of the extra `gpu`
    from huggingface_hub.hf_api import RepoFile  # noqa: PLC0415

    api = HfApi()
    with explain_failures(name, prefix):
        commit = api.model_info(name.repository, revision=name.revision).sha or ""
        tree = list(api.list_repo_tree(name.repository, revision=commit, recursive=True))
    files = [entry for entry in tree if isinstance(entry, RepoFile)]
    return Listing(
        name,
        commit,
        tuple(RemoteFile(file.path, file.size, None if file.lfs is None else file.lfs.sha256) for file in files),
    )


def is_offline() -> bool:
    """Whether a setting of imgdiff or of the hub's client forbids fetching."""
    from huggingface_hub import constants  # noqa: PLC0415  of the extra `gpu`

    return ModelSettings().offline or bool(constants.HF_HUB_OFFLINE)


def not_cached(name: HubName) -> str:
    """What to do about a model that is not here while fetching is forbidden."""
    return (
        f"it is not in the hub's cache {cache_folder()}, and IMGDIFF_OFFLINE or HF_HUB_OFFLINE forbids fetching; run "
        f"`imgdiff models fetch --hub {name}` where there is a network, and mount that machine's HF_HOME here"
    )


def find_cached(name: HubName) -> Path | None:
    """The cache's folder of a model at its revision, whole or not; None where there is none."""
    repository = _folder(name)
    reference = repository / "refs" / (name.revision or "main")
    commit = reference.read_text().strip() if reference.is_file() else name.revision
    folder = repository / "snapshots" / (commit or "")
    return folder if commit and folder.is_dir() else None


def fetch_files(listing: Listing, files: Sequence[RemoteFile], progress: Progress, prefix: str = "") -> Path:
    """Bring these files into the hub's cache, resuming what an earlier run left; the snapshot's folder.

    Raises WeightsUnavailable, and WeightsCorrupt for a file with another digest.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415  of the extra `gpu`
    from huggingface_hub.utils.tqdm import disable_progress_bars  # noqa: PLC0415

    disable_progress_bars()  # they would be drawn for small files only

    settings = ModelSettings()
    folder = _folder(listing.name)
    missing = [file for file in files if not (folder / "snapshots" / listing.commit / file.path).exists()]
    large = [file for file in missing if file.sha256 is not None]
    with explain_failures(listing.name, prefix):
        _require_space(listing.name, missing, folder)
        if large:
            _require_access(listing, large[0])
        for file in large:
            _fetch_large(listing, file, folder / "blobs", settings, progress)
        found = snapshot_download(
            listing.name.repository, revision=listing.commit, allow_patterns=[_literal(file.path) for file in files]
        )
        _remember(listing, folder)
    return Path(found)


def _require_access(listing: Listing, file: RemoteFile) -> None:
    """Raises what the hub's client does where a licence must be accepted: listings are open, files are not."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415  of the extra `gpu`

    get_hf_file_metadata(hf_hub_url(listing.name.repository, file.path, revision=listing.commit))


def _remember(listing: Listing, folder: Path) -> None:
    """Write which commit the revision was, so that it is found without the hub."""
    reference = folder / "refs" / (listing.name.revision or "main")
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(listing.commit)


def _fetch_large(listing: Listing, file: RemoteFile, blobs: Path, settings: ModelSettings, progress: Progress) -> None:
    from filelock import FileLock  # noqa: PLC0415  of the hub's client
    from huggingface_hub import get_token, hf_hub_url  # noqa: PLC0415  of the extra `gpu`

    name, digest = listing.name.repository, file.sha256 or ""
    address = hf_hub_url(name, file.path, revision=listing.commit)
    blobs.mkdir(parents=True, exist_ok=True)
    with FileLock(blobs / f"{digest}.lock", timeout=settings.lock_timeout_seconds), open_client(settings) as http:
        if token := get_token():
            http.headers["Authorization"] = f"Bearer {token}"  # httpx drops it where the hub redirects to another host
        if not (blobs / digest).exists():
            title, on_bytes = f"{name}: {file.path}", partial(progress, file.path)
            download(http, lambda: address, blobs / digest, digest, title, settings, on_bytes)
    (blobs / f"{digest}.lock").unlink(missing_ok=True)


def _require_space(name: HubName, missing: Sequence[RemoteFile], folder: Path) -> None:
    blobs = folder / "blobs"
    needed = sum(file.size - _size(blobs / f"{file.sha256}.part") for file in missing)
    free = free_space(folder)
    if missing and needed + _RESERVE > free:
        raise WeightsUnavailable(no_space(name.repository, needed, free))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _folder(name: HubName) -> Path:
    return Path(cache_folder()) / f"models--{name.repository.replace('/', '--')}"


def _literal(path: str) -> str:
    """A pattern that fits this path alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
