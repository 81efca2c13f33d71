"""Weights of large networks: safetensors by path or by name on the model hub, with their digest.

Checkpoints of PyTorch are converted first (`convert.py`). What is missing, half fetched, broken, quantised or of
another architecture is refused before a library reads it, in an error that names the setting.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from imgdiff.backends.hub_names import SYNTAX, HubName
from imgdiff.backends.repository import (
    Listing,
    RemoteFile,
    fetch_files,
    find_cached,
    is_offline,
    list_files,
    not_cached,
)
from imgdiff.backends.safetensors_files import SUFFIX, list_weights, read_header, require_runnable
from imgdiff.backends.selection import common_variant, components, folder_files, pipeline_files
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.records import ModelUse
from imgdiff.weights.download import CHUNK
from services.gpu.convert import CHECKPOINTS, converted_file, converted_folder, find_checkpoints
from services.gpu.digests import digest_of

_log = logging.getLogger(__name__)
ENDINGS = (SUFFIX, *CHECKPOINTS)
"""Of the names of weight files."""
Choice = Callable[[Listing], Sequence[RemoteFile]]
"""Which of a repository's files are needed."""


@dataclass(frozen=True)
class WeightFile:
    """A local file, and how a record's provenance names it."""

    path: Path
    use: ModelUse

    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors by name; raises WeightsCorrupt."""
        try:
            return load_file(self.path)
        except SafetensorError as error:
            raise WeightsCorrupt(f"{self.path} is no safetensors file: {error}") from error


@dataclass(frozen=True)
class ModelFolder:
    """A local folder with a model's configuration, vocabulary and weights, and how provenance names it.

    `variant` is that of a pipeline's files (`fp16`), empty without.
    """

    path: Path
    use: ModelUse
    variant: str = ""


def weight_file(asked: str, setting: str, default_file: str, *, stage: str) -> WeightFile:
    """The weights that a setting names: a path, or `owner/name[@revision][:file]` on the hub.

    The digest is that of the named file, also where it is a checkpoint. Raises ValueError naming the setting,
    WeightsUnavailable where neither the hub nor its cache has the file, WeightsCorrupt for a broken one.
    """
    if not asked:
        raise ValueError(f"{setting} must name a {SUFFIX} file or `owner/name[@revision][:file]` on the hub")
    path, name = Path(asked).expanduser(), HubName.parse(asked)
    if path.is_file():
        return _describe_file(path, setting, path.name, "local", stage)
    if name is None or (asked.endswith(ENDINGS) and name.file is None):
        raise ValueError(f"{setting}: there is no file {asked}")
    file = name.file or default_file
    folder = _locate(name, setting, lambda listing: listing.matching([file]))
    if not (folder / file).is_file():
        raise WeightsUnavailable(f"{setting}: {file} of {name.repository} is not available: no such file there")
    return _describe_file(folder / file, setting, name.repository, folder.name, stage)


def model_folder(asked: str, setting: str, *, stage: str) -> ModelFolder:
    """The model that a setting names: a folder, or `owner/name[@revision]` on the hub.

    The digest is the weight file's, or that of the list of digests where there are several. Raises ValueError naming
    the setting, WeightsUnavailable where neither the hub nor its cache has the model, WeightsCorrupt for broken files.
    """
    path, name, version = _find(asked, setting, folder_files)
    if not (path / "config.json").is_file():
        raise ValueError(f"{setting}: {asked} has no config.json; it is no model of transformers, or half fetched")
    with _naming(setting):
        _require_unquantised(path / "config.json")
        files = list_weights(path)
        checkpoints = [] if files else find_checkpoints(path)
        loaded = converted_folder(path, checkpoints) if checkpoints else path
        _check_headers(files or list_weights(loaded))
    if not files and not checkpoints:
        raise ValueError(
            f"{setting}: {asked} has a config.json and neither {SUFFIX} files nor a pytorch_model.bin; nothing else "
            "is read. Where fetching was cut short, run it again"
        )
    return ModelFolder(loaded, _describe(files or checkpoints, name, version, stage))


def pipeline_folder(asked: str, setting: str, *, stage: str, variant: str = "") -> ModelFolder:
    """The diffusers pipeline that a setting names: a folder of folders, or `owner/name[@revision]` on the hub.

    Only the files of its components are fetched and counted, of a variant (such as `fp16`) those alone; `auto` takes
    fp16 where every component with weights has it. The digest is that of the list of all weight files' digests.
    Raises as `model_folder` does.
    """
    path, name, version = _find(asked, setting, lambda listing: pipeline_files(listing, variant))
    with _naming(setting):
        parts = [path / part for part in components(path)]
        if variant == "auto":
            variant = common_variant([[path.name for path in part.glob(f"*{SUFFIX}")] for part in parts])
        suffix = f".{variant}{SUFFIX}" if variant else SUFFIX
        files = [file for part in parts for file in list_weights(part, suffix)]
        if not files:
            raise ValueError(f"{asked} has no model_index.json with {suffix} files; nothing else is read")
        _require_whole(parts, suffix)
        _check_headers(files)
    return ModelFolder(path, _describe(files, name, version, stage), variant)


def _find(asked: str, setting: str, choose: Choice) -> tuple[Path, str, str]:
    """A local folder, fetched from the hub where needed, with its name and version."""
    path, name = Path(asked or ".").expanduser(), HubName.parse(asked)
    if asked and path.is_dir():
        return path, path.resolve().name, "local"
    if name is None or name.file is not None:
        raise ValueError(f"{setting} must name a folder or {SYNTAX}; there is no {asked!r}")
    folder = _locate(name, setting, choose)
    return folder, name.repository, folder.name


def _locate(name: HubName, setting: str, choose: Choice) -> Path:
    """The folder of a snapshot in the hub's cache, whose name is the commit; fetched first, where that is allowed."""
    cached, prefix = find_cached(name), f"{setting}: "
    if is_offline():
        if cached is None:
            raise WeightsUnavailable(f"{prefix}{name.repository} is not available: {not_cached(name)}")
        return cached
    try:
        listing = list_files(name, prefix)
    except WeightsUnavailable as error:
        if cached is None:
            raise
        _log.warning("%s; the cached copy is used", error.detail)
        return cached
    return fetch_files(listing, choose(listing), _log_progress, prefix)


def _log_progress(file: str, done: int, total: int) -> None:
    """Every tenth of a file, since nobody watches a bar."""
    if total and done * 10 // total != max(0, done - CHUNK) * 10 // total:
        _log.info("fetching %s: %d %% of %.2f GB", file, done * 100 // total, total / 1e9)


def _describe_file(path: Path, setting: str, name: str, version: str, stage: str) -> WeightFile:
    if path.suffix not in ENDINGS:
        raise ValueError(f"{setting}: {path.name} is no {SUFFIX} file and no checkpoint ({', '.join(CHECKPOINTS)})")
    with _naming(setting):
        loaded = path if path.suffix == SUFFIX else converted_file(path)
        _check_headers([loaded])
    return WeightFile(loaded, _describe([path], name, version, stage))


def _check_headers(files: Sequence[Path]) -> None:
    for file in files:
        require_runnable(file, read_header(file))


def _require_whole(parts: Sequence[Path], suffix: str) -> None:
    """Raises WeightsCorrupt where a component of a pipeline, or the weights of a network among them, is missing."""
    for part in parts:
        if not part.is_dir() or ((part / "config.json").is_file() and not list_weights(part, suffix)):
            raise WeightsCorrupt(f"{part.parent.name} is half fetched: {part.name} has no {suffix} file")


def _require_unquantised(config: Path) -> None:
    try:
        quantised = "quantization_config" in json.loads(config.read_text())
    except (ValueError, TypeError) as error:
        raise WeightsCorrupt(f"{config} is no JSON: {error}") from error
    if quantised:
        raise ValueError(f"{config.parent.name} is quantised, which is not run: name the unquantised model")


@contextmanager
def _naming(setting: str) -> Iterator[None]:
    """Names the setting in front of what is raised inside."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{setting}: {error}") from error
    except (WeightsCorrupt, WeightsUnavailable) as error:
        raise type(error)(f"{setting}: {error.detail}") from error


def _describe(files: Sequence[Path], name: str, version: str, stage: str) -> ModelUse:
    digests = [digest_of(path) for path in files]
    whole = len({path.parent for path in files}) == 1
    names = [path.name if whole else f"{path.parent.name}/{path.name}" for path in files]
    listed = "".join(f"{digest}  {path}\n" for digest, path in zip(digests, names, strict=True))
    digest = digests[0] if len(digests) == 1 else hashlib.sha256(listed.encode()).hexdigest()
    return ModelUse(stage=stage, name=name, version=version, sha256=digest, licence="NOASSERTION")
