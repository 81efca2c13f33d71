"""Samples fill shards in their order, each split its own."""

from collections.abc import Iterator

import pytest

from gateway.exports.files import ExportFile
from gateway.exports.shards import ShardLimits, count_shards, write_shards
from gateway.exports.splits import Split

TRAIN, TEST = Split.TRAIN, Split.TEST
SAMPLES = [(TRAIN, 4, "a"), (TEST, 1, "b"), (TRAIN, 4, "c"), (TRAIN, 3, "d"), (TRAIN, 20, "e"), (TRAIN, 1, "f")]


class Names:
    """A shard that joins the names of its samples."""

    opened: set["Names"] = set()

    def __init__(self, split: Split, number: int) -> None:
        self._path, self._names = f"{split}-{number}", ""
        self.opened.add(self)

    def add(self, sample: str) -> None:
        self._names += sample

    def finish(self) -> ExportFile:
        assert self in self.opened
        return ExportFile.of_text(self._path, self._names)

    def close(self) -> None:
        self.opened.discard(self)


def _write(samples: list[tuple[Split, int, str]], limits: ShardLimits) -> list[tuple[str, str]]:
    return [(one.path, b"".join(one.read()).decode()) for one in write_shards(samples, limits, Names)]


def test_a_shard_is_full_by_bytes_or_by_samples() -> None:
    assert _write(SAMPLES, ShardLimits(size=8)) == [
        ("train-0", "ac"),
        ("train-1", "d"),
        ("train-2", "e"),
        ("train-3", "f"),
        ("test-0", "b"),
    ]
    assert _write(SAMPLES, ShardLimits(samples=3)) == [("train-0", "acd"), ("train-1", "ef"), ("test-0", "b")]


def test_without_samples_there_is_one_empty_shard() -> None:
    assert _write([], ShardLimits()) == [("train-0", "")]
    assert count_shards([], ShardLimits()) == {TRAIN: 1}


def test_the_count_agrees_with_what_is_written() -> None:
    samples = [(list(Split)[number * number % 3], number * 7 % 10, "x") for number in range(300)]
    limits = ShardLimits(size=12, samples=5)
    counts = count_shards(((split, size) for split, size, _ in samples), limits)
    paths = [path for path, _ in _write(samples, limits)]

    assert sorted(paths) == sorted(f"{split}-{number}" for split, count in counts.items() for number in range(count))


def test_every_shard_is_closed_when_the_reader_leaves() -> None:
    files = write_shards(SAMPLES, ShardLimits(samples=1), Names)
    next(files)
    assert Names.opened
    files.close()  # type: ignore[attr-defined]

    assert not Names.opened


def test_every_shard_is_closed_when_a_sample_fails() -> None:
    def samples() -> Iterator[tuple[Split, int, str]]:
        yield from SAMPLES[:3]
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(write_shards(samples(), ShardLimits(), Names))

    assert not Names.opened
