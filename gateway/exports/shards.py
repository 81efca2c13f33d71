"""Shards: the samples of each split in files of bounded size."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from gateway.exports.files import ExportFile
from gateway.exports.splits import Split

Sample_contra = TypeVar("Sample_contra", contravariant=True)


@dataclass(frozen=True)
class ShardLimits:
    """The most that a shard holds, unless one sample alone is more."""

    size: int = 256 * 2**20  # bytes of its samples; chosen, not measured
    samples: int = 2000  # chosen, not measured


class Shard(Protocol[Sample_contra]):
    """A shard that is being written."""

    def add(self, sample: Sample_contra) -> None:
        """Append a sample."""

    def finish(self) -> ExportFile:
        """The file, to be read before `close`."""

    def close(self) -> None:
        """Free what it holds."""


class Placement:
    """Places samples in shards, one after the other. The same samples are placed alike."""

    def __init__(self, limits: ShardLimits) -> None:
        self._limits = limits
        self._last: dict[Split, tuple[int, int, int]] = {}  # number of the last shard, its bytes, its samples

    def place(self, split: Split, size: int) -> int:
        """The number of the shard, from 0 in each split, of the next sample, which has `size` bytes."""
        number, total, count = self._last.get(split, (0, 0, 0))
        if count and (total + size > self._limits.size or count == self._limits.samples):
            number, total, count = number + 1, 0, 0
        self._last[split] = (number, total + size, count + 1)
        return number

    @property
    def counts(self) -> dict[Split, int]:
        """How many shards each split has; without any sample one of the training split."""
        return {split: number + 1 for split, (number, _, _) in self._last.items()} or {Split.TRAIN: 1}


def count_shards(sizes: Iterable[tuple[Split, int]], limits: ShardLimits) -> dict[Split, int]:
    """How many shards each split will have."""
    placement = Placement(limits)
    for split, size in sizes:
        placement.place(split, size)
    return placement.counts


def write_shards(
    samples: Iterable[tuple[Split, int, Sample_contra]],
    limits: ShardLimits,
    start: Callable[[Split, int], Shard[Sample_contra]],
) -> Iterator[ExportFile]:
    """Every shard when it is full, the others at the end; one of each split is open."""
    placement = Placement(limits)
    opened: dict[Split, tuple[int, Shard[Sample_contra]]] = {}
    try:
        for split, size, sample in samples:
            number = placement.place(split, size)
            if split in opened and opened[split][0] != number:
                with closing(opened.pop(split)[1]) as full:
                    yield full.finish()
            if split not in opened:
                opened[split] = (number, start(split, number))
            opened[split][1].add(sample)
        if not opened:
            opened[Split.TRAIN] = (0, start(Split.TRAIN, 0))
        for split in [split for split in Split if split in opened]:
            with closing(opened.pop(split)[1]) as last:
                yield last.finish()
    finally:
        for _, shard in opened.values():
            shard.close()
