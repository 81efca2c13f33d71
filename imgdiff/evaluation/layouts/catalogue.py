"""The layouts by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from imgdiff.errors import InvalidRequest
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
        return reader(folder, split)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{folder} cannot be read: {error}") from error
