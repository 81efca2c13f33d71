"""Reading: the words of one line, each with its least sure character."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.text.words import Gap, Joint, Line, ReadWord
from services.imaging.boxes import crop
from services.networks.text_reader import TextReader

# Ground around a line that is read, in shares of its height; chosen.
_NEAR, _ABOVE, _BESIDE = 0.1, 0.15, 0.3
_LONGEST = 28  # heights of a piece that is read at once; chosen
# Characters that leave a wide gap after or before them.
_NARROW_BEFORE, _NARROW_AFTER = frozenset("1.,:'(£$€"), frozenset("1')")
_REPEATED = frozenset("-=_.*#/\\&|+<>")  # marks that stand in rows
_AT_GAP = 0.4  # of a line's height: how far from a gap the reader may see its space; chosen
_ZERO_IN_WORD = re.compile(r"\W*0[^\W\d_]{3,}\W*")
_TICK = re.compile(r"(?<=\d)[-–—]$")
_LETTER_IN_NUMBER = re.compile(r"(?=.*\d.*\d)[\d.,:%/$€£O+()-]+")


@dataclass(frozen=True)
class _Placed:
    """A character, its probability, 0..1, and the column of its middle."""

    text: str
    score: float
    at: float


def read_line(reader: TextReader, image: RGB, line: Line) -> tuple[ReadWord, ...]:
    """The words of a line (RGB, 0..255), from left to right."""
    return tuple(word for piece in _divide(line) for word in _read_piece(reader, image, piece))


def _divide(line: Line) -> Iterator[Line]:
    """Pieces that are short enough to be read at once, parted at sure gaps."""
    x1, y1, x2, y2 = line.box
    longest = _LONGEST * (y2 - y1)
    gaps = line.gaps
    while x2 - x1 > longest:
        within = [gap for gap in gaps if gap.sure and gap.left - x1 <= longest]
        if not within:
            break
        last = within[-1]
        yield Line((x1, y1, last.left, y2), tuple(gap for gap in gaps if gap.right <= last.left))
        x1, gaps = last.right, tuple(gap for gap in gaps if gap.left >= last.right)
    yield Line((x1, y1, x2, y2), gaps)


def _read_piece(reader: TextReader, image: RGB, line: Line) -> list[ReadWord]:
    x1, y1, x2, y2 = line.box
    placed = _read(reader, image, line.box)
    shown = [one for one in placed if one.text.strip()]
    if not shown:
        return []
    seen = [one.at for one in placed if not one.text.strip()]
    spaces: dict[int, Gap] = {}
    joints = []
    for gap in line.gaps:
        before, space = _find_space(gap, shown, seen, y2 - y1)
        if space and (before not in spaces or gap.width > spaces[before].width):
            spaces[before] = gap
        elif gap.possible and _part_letters(shown[before - 1 : before + 1]):
            joints.append(Joint(before, gap.left, gap.right))
    ends = sorted(spaces.items(), key=lambda one: one[0])
    starts = [(0, x1), *((at, gap.right) for at, gap in ends)]
    stops = [*((at, gap.left) for at, gap in ends), (len(shown), x2)]
    return [
        _join(shown, (start, stop), (left, y1, right, y2), joints)
        for (start, left), (stop, right) in zip(starts, stops, strict=True)
        if start < stop
    ]


def _part_letters(beside: list[_Placed]) -> bool:
    """Whether two characters are a letter and a letter or digit, so that no number is parted and no mark."""
    return all(one.text.isalnum() for one in beside) and any(one.text.isalpha() for one in beside)


def _find_space(gap: Gap, shown: list[_Placed], seen: list[float], high: int) -> tuple[int, bool]:
    """The number of characters before a gap of a line `high` pixels high, and whether the gap is a space."""
    spaces = [at for at in seen if abs(at - gap.middle) <= _AT_GAP * high] if gap.possible else []
    middle = min(spaces, key=lambda at: abs(at - gap.middle)) if spaces else gap.middle
    before = sum(one.at < middle for one in shown)
    if not 0 < before < len(shown):
        return before, gap.sure
    left, right = shown[before - 1].text, shown[before].text
    if left == right in _REPEATED:
        return before, gap.sure
    if spaces or gap.wide:
        return before, True
    narrow = left in _NARROW_BEFORE or right in _NARROW_AFTER
    return before, left.isalnum() and right.isalnum() and (gap.sure or (gap.likely and not narrow))


def _join(shown: list[_Placed], part: tuple[int, int], box: Box, joints: list[Joint]) -> ReadWord:
    start, stop = part
    text = "".join(one.text for one in shown[start:stop])
    within = (replace(one, after=one.after - start) for one in joints if start < one.after < stop)
    return ReadWord(_correct(text), min(one.score for one in shown[start:stop]), box, tuple(within))


def _correct(text: str) -> str:
    """With the one of O and 0, which look alike, that fits the other characters, and without an axis's tick."""
    text = _TICK.sub("", text)
    if _ZERO_IN_WORD.fullmatch(text):
        return text.replace("0", "O")
    return text.replace("O", "0") if _LETTER_IN_NUMBER.fullmatch(text) else text


def _read(reader: TextReader, image: RGB, box: Box) -> list[_Placed]:
    """What the reader sees in a box; the ground beside it is continued, so that it holds no part of a neighbour."""
    height = box[3] - box[1]
    near, above, beside = (max(1, round(share * height)) for share in (_NEAR, _ABOVE, _BESIDE))
    x1, y1 = max(0, box[0] - near), max(0, box[1] - above)
    shown = crop(image, (x1, y1, box[2] + near, box[3] + above))
    padded = np.pad(shown, ((0, 0), (beside - near, beside - near), (0, 0)), mode="edge")
    left = x1 - (beside - near)
    return [_Placed(one.text, one.score, left + one.at * padded.shape[1]) for one in reader.read(padded)]
