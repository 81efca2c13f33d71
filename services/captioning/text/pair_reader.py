"""Pair reader: the words that differ between both images at a region, as they were read in each."""

from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.limits import (
    MOST_LINES,
    MOST_WORDS,
    READ_REGIONS,
    READS_OTHERWISE,
    SURE_DIGIT,
    SURE_ON_PAGE,
    SURE_ON_PHOTO,
    TEXT_EXPLAINS,
)
from services.captioning.text.lines import find_lines
from services.captioning.text.reading import reaching, read_words
from services.captioning.text.words import ReadWord, RegionText
from services.imaging.arrays import Flags
from services.networks.text_reader import TextReader

_NEAR = 2  # pixels around a word that belong to it; chosen


class PairReader:
    """Reads the regions of one pair of images (RGB in image1's frame), as many as the limit allows."""

    def __init__(self, reader: TextReader, images: tuple[RGB, RGB], *, drawn: bool) -> None:
        self._reader = reader
        self._images = images
        self._least = SURE_ON_PAGE if drawn else SURE_ON_PHOTO
        self._left = READ_REGIONS

    def read(self, box: Box, changed: Flags) -> RegionText | None:
        """The words that differ; where none do, all words there.

        Null where an image cannot be read with confidence, or where the `changed` pixels, flags of the box's size, lie
        elsewhere.
        """
        if self._left == 0:
            return None
        self._left -= 1
        both = [self._read(image, box) for image in self._images]
        if both[0] is None or both[1] is None:
            return None
        first, second = _differing(both[0], both[1])
        otherwise = bool(first and second)
        if not first and not second:
            first, second = both[0], both[1]
            otherwise = False
        words = (*first, *second)
        least = READS_OTHERWISE if otherwise else TEXT_EXPLAINS
        if not all(word.score >= self._least for word in words) or _share_on(words, box, changed) < least:
            return None
        texts = RegionText(_join(first), _join(second))
        return texts if all(_is_text(one) for one in (first, second) if one) else None

    def _read(self, image: RGB, box: Box) -> tuple[ReadWord, ...] | None:
        """The words of one image; null where they are too many."""
        lines = find_lines(image, box)
        many = sum(len(reaching(line, box)) for line in lines) > MOST_WORDS
        return None if many or len(lines) > MOST_LINES else read_words(self._reader, image, lines, box)


def _is_text(words: Sequence[ReadWord]) -> bool:
    """Whether they are more than a symbol, which the reader takes for a character."""
    characters = [one for word in words for one in word.text if one.isalnum()]
    if len(characters) > 1:
        return True
    return len(characters) == 1 and characters[0].isdecimal() and all(word.score >= SURE_DIGIT for word in words)


def _share_on(words: Sequence[ReadWord], box: Box, changed: Flags) -> float:
    """Share of the changed pixels that are on the words."""
    on = np.zeros_like(changed)
    for word in words:
        x1, y1, x2, y2 = (value - offset for value, offset in zip(word.box, (*box[:2], *box[:2]), strict=True))
        on[max(0, y1 - _NEAR) : max(0, y2 + _NEAR), max(0, x1 - _NEAR) : max(0, x2 + _NEAR)] = True
    return float((changed & on).sum()) / max(1, int(changed.sum()))


def _differing(first: Sequence[ReadWord], second: Sequence[ReadWord]) -> tuple[Sequence[ReadWord], Sequence[ReadWord]]:
    """Both without the words that they begin and end with alike."""
    start = 0
    while start < min(len(first), len(second)) and first[start].text == second[start].text:
        start += 1
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end].text == second[-1 - end].text:
        end += 1
    return first[start : len(first) - end], second[start : len(second) - end]


def _join(words: Sequence[ReadWord]) -> str | None:
    return " ".join(word.text for word in words) or None
