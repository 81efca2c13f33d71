"""Reading: the words that one image has at a region, each with its least sure character."""

from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.text.words import Line, ReadWord, Word
from services.imaging.boxes import crop
from services.networks.text_reader import Character, TextReader

# Ground around a word that is read, in shares of its height; chosen.
_NEAR, _ABOVE, _BESIDE = 0.1, 0.15, 0.3
# Characters that leave a wide gap after or before them.
_NARROW_BEFORE, _NARROW_AFTER = frozenset("1.,:'(£$€"), frozenset("1')")
_AT_JOINT = 0.4  # of a word's height: how far from a joint the reader may see its space; chosen


def read_words(reader: TextReader, image: RGB, lines: Sequence[Line], box: Box) -> tuple[ReadWord, ...]:
    """The words of the lines (RGB, 0..255) that reach into the box, in reading order."""
    chosen = [word for line in lines for word in reaching(line, box)]
    parts = [part for word in chosen for part in _read_parts(reader, image, word) if _reaches(part.box, box)]
    return tuple(part for part in parts if part.text)


def read_word(reader: TextReader, image: RGB, box: Box) -> ReadWord:
    """What is in the box, as one word."""
    return _join(_read(reader, image, box), box)


def reaching(line: Line, box: Box) -> list[Word]:
    """The words of a line that reach into the box."""
    return [word for word in line.words if _reaches(word.box, box)]


def _reaches(word: Box, box: Box) -> bool:
    return word[0] < box[2] and word[2] > box[0]


def _read_parts(reader: TextReader, image: RGB, word: Word) -> list[ReadWord]:
    """The word; where the reader sees spaces at its joints, the words between them."""
    characters = _read(reader, image, word.box)
    joints = _confirm(word, characters) if word.joints else []
    if not joints:
        return [_join(characters, word.box)]
    x1, y1, x2, y2 = word.box
    parts = [(left, y1, right, y2) for left, right in zip([x1, *joints], [*joints, x2], strict=True)]
    return [read_word(reader, image, part) for part in parts]


def _confirm(word: Word, characters: tuple[Character, ...]) -> list[int]:
    """The joints that are spaces: where the reader saw one, or the gap is wider than a narrow character leaves."""
    x1, y1, x2, y2 = word.box
    margin = _BESIDE * (y2 - y1)
    placed = [(x1 - margin + one.at * (x2 - x1 + 2 * margin), one.text) for one in characters]
    confirmed = []
    for joint in word.joints:
        seen = any(text == " " and abs(at - joint.at) <= _AT_JOINT * (y2 - y1) for at, text in placed)
        before = [text for at, text in placed if at < joint.at][-1:]
        after = [text for at, text in placed if at >= joint.at][:1]
        narrow = any(text in _NARROW_BEFORE for text in before) or any(text in _NARROW_AFTER for text in after)
        if seen or (joint.likely and not narrow):
            confirmed.append(joint.at)
    return confirmed


def _read(reader: TextReader, image: RGB, box: Box) -> tuple[Character, ...]:
    """What the reader sees in a box; the ground beside it is continued, so that it holds no part of a neighbour."""
    height = box[3] - box[1]
    near, above, beside = (max(1, round(share * height)) for share in (_NEAR, _ABOVE, _BESIDE))
    x1, y1 = max(0, box[0] - near), max(0, box[1] - above)
    shown = crop(image, (x1, y1, box[2] + near, box[3] + above))
    return reader.read(np.pad(shown, ((0, 0), (beside - near, beside - near), (0, 0)), mode="edge"))


def _join(characters: tuple[Character, ...], box: Box) -> ReadWord:
    shown = [one for one in characters if one.text.strip()]
    return ReadWord("".join(one.text for one in shown), min((one.score for one in shown), default=0.0), box)
