"""COCO run lengths of a mask: alternating runs of 0 and 1, column by column, as numbers or in COCO's text form."""

import re
from collections.abc import Iterable, Iterator, Sequence

from imgdiff.objects.places import Box

_BITS, _MORE, _SIGN = 0x1F, 0x20, 0x10  # of a character: five of the number, one for another character, the sign
_WIDEST = 30  # bits of one number


def compress(runs: Sequence[int]) -> str:
    """COCO's text of runs: five bits a character; from the fourth run on the difference to the one before the last."""
    numbers = (run - runs[index - 2] if index > 2 else run for index, run in enumerate(runs))
    return "".join(character for number in numbers for character in _characters(number))


def _characters(number: int) -> Iterator[str]:
    more = True
    while more:
        bits = number & _BITS
        number >>= 5
        more = number != (-1 if bits & _SIGN else 0)
        yield chr((bits | _MORE if more else bits) + 48)


def expand(counts: str) -> list[int]:
    """The runs of COCO's text; raises ValueError for any other text."""
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > _WIDEST:
            raise ValueError("the run lengths are not in COCO's compressed form")
        value |= (bits & _BITS) << shift
        shift += 5
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs


def measure(pixels: bytes) -> list[int]:
    """The runs of pixels that are 0 or 1, a byte each, column by column."""
    lengths = [len(run) for run in re.findall(rb"\x00+|\x01+", pixels)]
    return lengths if pixels.startswith(b"\x00") else [0, *lengths]


def check(runs: Sequence[int], size: tuple[int, int]) -> None:
    """Raise ValueError unless the runs cover `size` (height, width) exactly."""
    height, width = size
    if height < 1 or width < 1 or min(runs, default=-1) < 0 or sum(runs) != height * width:
        raise ValueError(f"the run lengths do not cover {height}x{width} pixels")


def area(runs: Sequence[int]) -> int:
    """Pixels inside the mask."""
    return sum(runs[1::2])


def bounds(runs: Sequence[int], height: int) -> Box | None:
    """The smallest box around the mask of an image of that height; None for an empty one."""
    spans = list(_spans(runs))
    if not spans:
        return None
    columns = spans[0][0] // height, (spans[-1][1] - 1) // height
    rows = [_rows(start, end, height) for start, end in spans]
    return columns[0], min(top for top, _ in rows), columns[1] + 1, max(bottom for _, bottom in rows)


def _spans(runs: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First pixel of each run of 1, and the one after its last, counted column by column."""
    position = 0
    for index, run in enumerate(runs):
        if index % 2 and run:
            yield position, position + run
        position += run


def _rows(start: int, end: int, height: int) -> tuple[int, int]:
    """First row of a run and the one after its last."""
    if start // height != (end - 1) // height:  # it reaches the foot of one column and the top of the next
        return 0, height
    return start % height, (end - 1) % height + 1
