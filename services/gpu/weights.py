"""Weights of large networks: safetensors by path or by name on the model hub, with their digest."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import hf_hub_download, snapshot_download
from safetensors import SafetensorError
from safetensors.torch import load_file

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.records import ModelUse
from imgdiff.weights import ModelSettings
from imgdiff.weights.download import sha256_of

_SUFFIX = ".safetensors"
_ON_HUB = re.compile(r"^(?P<repository>[\w.-]+/[\w.-]+?)(@(?P<revision>[\w.-]+))?(:(?P<file>[\w./-]+))?$")
_OF_A_MODEL = ("*.json", "*.jinja", "*.txt", "tokenizer.model", f"*{_SUFFIX}")  # no pickle, no code


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
    """A local folder with a model's configuration, vocabulary and weights, and how provenance names it."""

    path: Path
    use: ModelUse


def weight_file(asked: str, setting: str, default_file: str, *, stage: str, advice: str = "") -> WeightFile:
    """The weights that a setting names: a path, or `owner/name[@revision][:file]` on the hub.

    Raises ValueError naming the setting (with the advice where the file is of another kind), WeightsUnavailable where
    neither the hub nor its cache has the file.
    """
    if not asked:
        raise ValueError(f"{setting} must name a {_SUFFIX} file or `owner/name[@revision][:file]` on the hub")
    path = Path(asked).expanduser()
    if path.is_file():
        return WeightFile(_check_suffix(path, setting, advice), _describe([path], path.name, "local", stage))
    on_hub = _ON_HUB.match(asked)
    if on_hub is None or asked.startswith(".") or (asked.endswith((_SUFFIX, ".pth")) and on_hub["file"] is None):
        raise ValueError(f"{setting}: there is no file {asked}")
    found = _check_suffix(_from_hub(on_hub, default_file), setting, advice)
    return WeightFile(found, _describe([found], on_hub["repository"], _commit(found), stage))


def model_folder(asked: str, setting: str, *, stage: str) -> ModelFolder:
    """The model that a setting names: a folder, or `owner/name[@revision]` on the hub, without pickles.

    The digest is the weight file's, or that of the list of digests where there are several. Raises ValueError naming
    the setting, WeightsUnavailable where neither the hub nor its cache has the model.
    """
    path, name, version = _folder(asked, setting, _OF_A_MODEL)
    files = sorted(path.glob(f"*{_SUFFIX}"))
    if not files or not (path / "config.json").is_file():
        raise ValueError(f"{setting}: {asked} has no config.json with {_SUFFIX} files; nothing else is read")
    return ModelFolder(path, _describe(files, name, version, stage))


def pipeline_folder(asked: str, setting: str, *, stage: str, variant: str = "") -> ModelFolder:
    """The diffusers pipeline that a setting names: a folder of folders, or `owner/name[@revision]` on the hub.

    Only the files of a variant (such as `fp16`) are fetched and counted. The digest is that of the list of all weight
    files' digests. Raises as `model_folder` does.
    """
    suffix = f".{variant}{_SUFFIX}" if variant else _SUFFIX
    wanted = ("model_index.json", "*/*.json", "*/*.txt", f"*/*{suffix}")
    path, name, version = _folder(asked, setting, wanted, () if variant else (f"*/*.*{_SUFFIX}",))
    files = sorted(file for file in path.glob(f"*/*{suffix}") if variant or file.name.count(".") == 1)
    if not files or not (path / "model_index.json").is_file():
        raise ValueError(f"{setting}: {asked} has no model_index.json with {suffix} files; nothing else is read")
    return ModelFolder(path, _describe(files, name, version, stage))


def _folder(asked: str, setting: str, wanted: Sequence[str], unwanted: Sequence[str] = ()) -> tuple[Path, str, str]:
    """A local folder, downloaded from the hub where needed, with its name and version."""
    path, on_hub = Path(asked or ".").expanduser(), _ON_HUB.match(asked)
    if asked and path.is_dir():
        return path, path.resolve().name, "local"
    if on_hub is None or on_hub["file"] is not None or asked.startswith("."):
        raise ValueError(f"{setting} must name a folder or `owner/name[@revision]` on the hub; there is no {asked!r}")
    found = _snapshot(on_hub, wanted, unwanted)
    return found, on_hub["repository"], _commit(found)


def _check_suffix(path: Path, setting: str, advice: str) -> Path:
    if path.suffix != _SUFFIX:
        raise ValueError(f"{setting}: {path.name} is no {_SUFFIX} file{'; ' if advice else ''}{advice}")
    return path


def _from_hub(name: re.Match[str], default_file: str) -> Path:
    file, offline = name["file"] or default_file, ModelSettings().offline
    try:
        found = hf_hub_download(name["repository"], file, revision=name["revision"], local_files_only=offline)
    except (OSError, ValueError) as error:  # the hub's client raises one of the two
        raise WeightsUnavailable(f"{file} of {name['repository']} is not available: {error}") from error
    return Path(found)


def _snapshot(name: re.Match[str], wanted: Sequence[str], unwanted: Sequence[str]) -> Path:
    try:
        found = snapshot_download(
            name["repository"],
            revision=name["revision"],
            allow_patterns=list(wanted),
            ignore_patterns=list(unwanted),
            local_files_only=ModelSettings().offline,
        )
    except (OSError, ValueError) as error:
        raise WeightsUnavailable(f"{name['repository']} is not available: {error}") from error
    return Path(found)


def _commit(path: Path) -> str:
    """The commit in a path of the hub's cache, which has files under snapshots/<commit>/."""
    parts = path.parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts else "unknown"


def _describe(files: list[Path], name: str, version: str, stage: str) -> ModelUse:
    digests = [sha256_of(path) for path in files]
    whole = len({path.parent for path in files}) == 1
    names = [path.name if whole else f"{path.parent.name}/{path.name}" for path in files]
    listed = "".join(f"{digest}  {path}\n" for digest, path in zip(digests, names, strict=True))
    digest = digests[0] if len(digests) == 1 else hashlib.sha256(listed.encode()).hexdigest()
    return ModelUse(stage=stage, name=name, version=version, sha256=digest, licence="NOASSERTION")
