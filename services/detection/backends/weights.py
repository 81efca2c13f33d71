"""Weights of the large networks: a safetensors file by path or by its name on the model hub, and its digest."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import hf_hub_download
from safetensors import SafetensorError
from safetensors.torch import load_file

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.models import ModelSettings
from imgdiff.records import ModelUse

_SUFFIX = ".safetensors"
_ON_HUB = re.compile(r"^(?P<repository>[\w.-]+/[\w.-]+?)(@(?P<revision>[\w.-]+))?(:(?P<file>[\w./-]+))?$")


@dataclass(frozen=True)
class WeightFile:
    """A file on this machine, and how a record's provenance names it."""

    path: Path
    use: ModelUse

    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors by name; raises WeightsCorrupt."""
        try:
            return load_file(self.path)
        except SafetensorError as error:
            raise WeightsCorrupt(f"{self.path} is no safetensors file: {error}") from error


def weight_file(asked: str, setting: str, default_file: str) -> WeightFile:
    """The weights that a setting names: a path, or `owner/name[@revision][:file]` on the hub.

    Raises ValueError naming the setting, WeightsUnavailable when the hub or its cache does not have the file.
    """
    if not asked:
        raise ValueError(f"{setting} must name a {_SUFFIX} file or `owner/name[@revision][:file]` on the hub")
    path = Path(asked).expanduser()
    if path.is_file():
        return WeightFile(_safe(path, setting), _use(path, path.name, "local"))
    on_hub = _ON_HUB.match(asked)
    if on_hub is None or asked.startswith(".") or (asked.endswith((_SUFFIX, ".pth")) and on_hub["file"] is None):
        raise ValueError(f"{setting}: there is no file {asked}")
    found = _safe(_from_hub(on_hub, default_file), setting)
    return WeightFile(found, _use(found, on_hub["repository"], _commit(found)))


def _safe(path: Path, setting: str) -> Path:
    if path.suffix != _SUFFIX:
        raise ValueError(
            f"{setting}: {path.name} is no {_SUFFIX} file; convert Segment Anything's .pth with "
            "`python -m services.detection.backends.convert_sam IN.pth OUT.safetensors`"
        )
    return path


def _from_hub(name: re.Match[str], default_file: str) -> Path:
    file, offline = name["file"] or default_file, ModelSettings().offline
    try:
        found = hf_hub_download(name["repository"], file, revision=name["revision"], local_files_only=offline)
    except (OSError, ValueError) as error:  # what the hub's client raises is one of the two
        raise WeightsUnavailable(f"{file} of {name['repository']} cannot be had: {error}") from error
    return Path(found)


def _commit(path: Path) -> str:
    """The hub's cache keeps a file under snapshots/<commit>/."""
    parts = path.parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts else "unknown"


def _use(path: Path, name: str, version: str) -> ModelUse:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ModelUse(stage="detection", name=name, version=version, sha256=digest, licence="NOASSERTION")
