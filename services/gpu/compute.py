"""Compute: the requested device, and batches that fit into its memory."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeVar

import torch

from imgdiff.errors import ServiceUnavailable

Row = TypeVar("Row")
Part = TypeVar("Part")
Network = TypeVar("Network", bound="Movable")
Dtype = Literal["auto", "float32", "bfloat16"]
"""Of a setting: see `Compute.uses_bfloat16`."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""By their names in settings."""

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 30  # chosen, not measured


_SMALLER = (
    "choose a smaller model (`imgdiff models backends` lists what each needs), 16 bits in the setting that ends in "
    "DTYPE, or another GPU in the one that ends in DEVICE; services that share a card need the sum"
)


class Movable(Protocol):
    """A network of torch or a pipeline of diffusers."""

    def to(self, device: torch.device, /) -> Self:
        """Move to a device."""


@dataclass(frozen=True)
class Compute:
    """A device; networks run in bfloat16 autocast on CUDA and in float32 elsewhere, unless they choose."""

    device: torch.device

    def uses_bfloat16(self, dtype: Dtype) -> bool:
        """Whether a network with this setting multiplies in bfloat16; `auto`: where the device has instructions for it.

        BLIP-large's vision encoder: 0.92 s a crop and 6 layers in float32, 0.28 s in bfloat16 on a Xeon core with AMX.
        """
        if dtype == "auto":
            return self.device.type == "cuda" or torch.cpu._is_amx_tile_supported()
        return dtype == "bfloat16"

    @contextmanager
    def running(self, *, bfloat16: bool | None = None) -> Iterator[None]:
        """Without gradients, in bfloat16 autocast or in the weights' own type; null: as the device does."""
        enabled = self.device.type == "cuda" if bfloat16 is None else bfloat16
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=enabled):
            yield

    def place(self, network: Network, setting: str = "") -> Network:
        """Move a network or a pipeline to the device; raises ValueError naming the setting where it does not fit."""
        try:
            return network.to(self.device)
        except torch.OutOfMemoryError as error:
            prefix = f"{setting}: " if setting else ""
            raise ValueError(
                f"{prefix}{_describe(network)} does not fit into the memory of {self.device}{self._free()}; {_SMALLER}"
            ) from error

    def _free(self) -> str:
        """Free and whole memory of a GPU, while what was moved so far is still there."""
        if self.device.type != "cuda" or not torch.cuda.is_available():
            return ""
        free, whole = torch.cuda.mem_get_info(self.device)
        return f", of which {free / 1e9:.1f} of {whole / 1e9:.1f} GB are free"


def _describe(network: Movable) -> str:
    """Its class, and for a network of torch how large its weights are."""
    name = type(network).__name__
    if not isinstance(network, torch.nn.Module):
        return name
    return f"{name} ({sum(one.nbytes for one in network.parameters()) / 1e9:.1f} GB of weights)"


def compute_on(device: str, threads: int) -> Compute:
    """The device by torch's name (`cpu`, `cuda`, `cuda:1`); raises ValueError where it is unknown or missing."""
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"unknown device {device!r}: {error}") from error
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device {device!r} is requested, but torch has {torch.cuda.device_count()} CUDA devices")
    torch.set_num_threads(threads)
    return Compute(chosen)


class Batches:
    """Feeds one network a fixed number of rows at a time.

    The last batch is filled up by repeating a row: the network gets one shape only, and no row's result depends on its
    batch. Out of memory, the size is halved for good, `halved` is called, and the rows run again.
    """

    def __init__(self, size: int, halved: Callable[[], None]) -> None:
        self.size = size
        self._halved = halved

    def run(self, rows: Sequence[Row], network: Callable[[Sequence[Row], int], Part]) -> list[Part]:
        """The network's result for every batch, in order; it gets the rows and how many of the first are real.

        Raises ServiceUnavailable where a single row does not fit.
        """
        parts: list[Part] = []
        at = 0
        while at < len(rows):
            part = list(rows[at : at + self.size])
            real = len(part)
            part += [part[-1]] * (self.size - real)
            try:
                parts.append(network(part, real))
            except torch.OutOfMemoryError:
                pass  # handled below, where the exception no longer references the network's tensors
            else:
                at += real
                continue
            self._halve()
        return parts

    def _halve(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if self.size == 1:
            raise ServiceUnavailable("one row does not fit into the device's memory", retry_after=_RETRY_SECONDS)
        _log.warning("out of memory with %d rows; continuing with %d", self.size, self.size // 2)
        self.size //= 2
        self._halved()
