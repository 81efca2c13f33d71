"""The layouts by name."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.evaluation.layouts import captions, choices, mmvp
from imgdiff.evaluation.samples import Benchmark

_READERS: Mapping[str, Callable[[Path, str], Benchmark]] = {
    "mmvp": mmvp.read,
    "spot-the-diff": captions.read_spot_the_diff,
    "image-editing-request": captions.read_editing_requests,
    "choices": choices.read,
}
NAMES = tuple(_READERS)


def read_benchmark(name: str, folder: Path, split: str) -> Benchmark:
    """The benchmark in a folder; raises InvalidRequest or NotFound where the layout or its files are unknown."""
    reader = _READERS.get(name)
    if reader is None:
        raise InvalidRequest(f"no layout {name!r}; there are {', '.join(NAMES)}")
    try:
        benchmark = reader(folder, split)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{folder} cannot be read: {error}") from error
    if not benchmark.samples:
        raise NotFound(f"no entry of {name} in {folder} can be scored")
    repeated = [sample for sample, number in Counter(one.id for one in benchmark.samples).items() if number > 1]
    if repeated:
        raise InvalidRequest(f"{folder} has several entries with one id: {', '.join(repeated[:3])}")
    return benchmark
