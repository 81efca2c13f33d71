"""Whether files of safetensors are whole and of a precision that can be run, by their headers alone."""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from imgdiff.errors import WeightsCorrupt

SUFFIX = ".safetensors"
_LENGTH = struct.Struct("<Q")  # the format's first eight bytes: the header's length
_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit
_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8}
_RUNS = {"F64", "F32", "F16", "BF16"}
_QUANTISED = "quantised weights are not run: name the unquantised model"


class _Tensor(BaseModel):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


class _Index(BaseModel):
    weight_map: dict[str, str]


@dataclass(frozen=True)
class Header:
    """What a file says of its tensors: name, type (`F32`, `BF16` ...) and count of numbers."""

    tensors: dict[str, tuple[str, int]]

    @property
    def parameters(self) -> int:
        """Numbers in tensors of floating point."""
        return sum(count for dtype, count in self.tensors.values() if dtype in _RUNS)


def read_header(path: Path) -> Header:
    """The header of a whole file; raises WeightsCorrupt for a broken or truncated one."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            table = json.loads(file.read(min(length, _LONGEST_HEADER)))
            table.pop("__metadata__", None)
            tensors = TypeAdapter(dict[str, _Tensor]).validate_python(table)
    except (ValueError, TypeError, AttributeError, struct.error) as error:
        raise WeightsCorrupt(f"{path} is no safetensors file: {_brief(error)}") from error
    expected = _LENGTH.size + length + max((tensor.data_offsets[1] for tensor in tensors.values()), default=0)
    if size != expected:
        raise WeightsCorrupt(f"{path} is truncated or was changed: {size} bytes where its header says {expected}")
    return Header({name: (tensor.dtype, math.prod(tensor.shape)) for name, tensor in tensors.items()})


def require_runnable(path: Path, header: Header) -> None:
    """Raises ValueError where weights are quantised (8 or 4 bits), which the networks would read as nonsense."""
    for name, (dtype, count) in header.tensors.items():
        if count > 1 and name.endswith("weight") and dtype not in _RUNS:
            raise ValueError(f"{path.name} holds {name} as {dtype}; {_QUANTISED}")


def list_weights(folder: Path, suffix: str = SUFFIX) -> list[Path]:
    """A folder's weight files: those that its index names, or all; raises WeightsCorrupt where a shard is missing.

    `suffix` names a variant, such as `.fp16.safetensors`.
    """
    variant = suffix.removesuffix(SUFFIX)
    plain = [path for path in folder.glob(f"*{suffix}") if variant or path.name.count(".") == 1]
    indices = sorted(folder.glob(f"*{SUFFIX}.index{variant}.json"))
    return sorted({*plain, *(shard for index in indices for shard in list_shards(index))})


def list_shards(index: Path) -> list[Path]:
    """The files that an index of shards names; raises WeightsCorrupt where it is broken or one of them is missing."""
    try:
        names = sorted(set(_Index.model_validate_json(index.read_bytes()).weight_map.values()))
    except ValidationError as error:
        raise WeightsCorrupt(f"{index} is no index of shards: {_brief(error)}") from error
    if missing := [name for name in names if not (index.parent / name).is_file()]:
        raise WeightsCorrupt(f"{index.parent} is half fetched: {', '.join(missing[:3])} missing of {len(names)} shards")
    return [index.parent / name for name in names]


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
