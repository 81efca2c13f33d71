"""Pair reader: the words that differ between both images at a region, as they were read in each."""

import unicodedata
from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.limits import (
    LETTERS_OF_WORD,
    LONGEST_LINE,
    MOST_LINES,
    MOST_WORDS,
    READ_PIXELS,
    READ_REGIONS,
    READS_OTHERWISE,
    SOLID,
    SURE,
    SURE_DIGIT,
    TEXT_EXPLAINS,
)
from services.captioning.text.lines import find_lines
from services.captioning.text.reading import reaching, read_word, read_words
from services.captioning.text.words import ReadWord, RegionText
from services.imaging.arrays import Flags
from services.networks.text_reader import TextReader

_LINE = 20  # heights of a region to each side within which its line is read; chosen
_NEIGHBOUR = 0.4  # of a word's height, from which a difference of two ends is a neighbour; chosen
_STEP = 0.25  # of its height, by which a word that moved is elsewhere; chosen
_NEAR = 2  # pixels around a word that belong to it; chosen


class PairReader:
    """Reads the regions of one pair of images (RGB in image1's frame), as many as the limit allows."""

    def __init__(self, reader: TextReader, images: tuple[RGB, RGB]) -> None:
        self._reader = reader
        self._images = images
        self._left = READ_REGIONS

    def read(self, box: Box, changed: Flags) -> RegionText | None:
        """The words that differ; where none do, all words there.

        Null where an image cannot be read with confidence, or where the `changed` pixels, flags of the box's size, lie
        elsewhere or fill the box.
        """
        if self._left == 0 or changed.size > READ_PIXELS or changed.mean() >= SOLID:
            return None
        self._left -= 1
        both = self._read_both(box)
        if both is None:
            return None
        first, second = _differing(*both)
        digits = _are_digits(first, second)
        if first and second and not digits and not (_is_text(first) and _is_text(second)):
            both = self._read_both(self._line_around(box)) or both
            first, second = both if max(map(len, both)) <= LONGEST_LINE else (first, second)
        least = READS_OTHERWISE if first and second else TEXT_EXPLAINS
        if not first and not second:
            first, second = both
        words = (*first, *second)
        unsure = any(word.score < SURE for word in words)
        if unsure or _share_on(words, box, changed) < least:
            return None
        texts = RegionText(_join(first), _join(second), _have_moved(first, second)).share_spaces()
        return texts if digits or all(_is_text(one) for one in (first, second) if one) else None

    def _read_both(self, box: Box) -> tuple[tuple[ReadWord, ...], tuple[ReadWord, ...]] | None:
        """The words of both images; null where one cannot be read, which spares the other."""
        first = self._read(self._images[0], box)
        if first is None or any(word.score < SURE for word in first):
            return None
        second = self._read(self._images[1], box)
        if second is None or len(first) != 1 or len(second) != 1:
            return None if second is None else (first, second)
        left, right = _shared_ends(first[0].box, second[0].box, box)
        both = zip(self._images, (first[0], second[0]), strict=True)
        one, two = (self._cut(image, word, left, right) for image, word in both)
        return (one,), (two,)

    def _cut(self, image: RGB, word: ReadWord, left: int, right: int) -> ReadWord:
        """The word between two columns, where that leaves out a neighbour which the other image shows apart from it."""
        x1, y1, x2, y2 = word.box
        if max(left - x1, x2 - right) < _NEIGHBOUR * (y2 - y1):
            return word
        alone = read_word(self._reader, image, (max(left, x1), y1, min(right, x2), y2))
        return alone if alone.text and alone.text in word.text else word

    def _line_around(self, box: Box) -> Box:
        """The box with its surroundings to the left and the right."""
        beside = _LINE * (box[3] - box[1])
        return max(0, box[0] - beside), box[1], min(self._images[0].shape[1], box[2] + beside), box[3]

    def _read(self, image: RGB, box: Box) -> tuple[ReadWord, ...] | None:
        """The words of one image; null where they are too many."""
        lines = find_lines(image, box)
        many = sum(len(reaching(line, box)) for line in lines) > MOST_WORDS
        if many or len(lines) > MOST_LINES:
            return None
        return tuple(word for word in read_words(self._reader, image, lines, box) if not _is_icon(word.text))


def _shared_ends(box1: Box, box2: Box, changed: Box) -> tuple[int, int]:
    """The left and right ends of a word, of the two that both images show the one that is nearer to the change."""
    left, right = max(box1[0], box2[0]), min(box1[2], box2[2])
    left = left if left <= changed[0] + _NEAR else min(box1[0], box2[0])
    return left, right if right >= changed[2] - _NEAR else max(box1[2], box2[2])


def _is_icon(text: str) -> bool:
    """Whether it is one character of a script or a symbol that the reader sees in icons."""
    return len(text) == 1 and unicodedata.category(text) in {"Lo", "So"}


def _is_text(words: Sequence[ReadWord]) -> bool:
    """Whether they are words or numbers, not symbols and not the pieces of a line that runs another way."""
    if any(len(word.text) > 1 and any(one.isdecimal() for one in word.text) for word in words):
        return True
    characters = [one for word in words for one in word.text if one.isalnum()]
    return len(characters) >= 2 and (len(words) <= 2 or len(characters) >= LETTERS_OF_WORD * len(words))


def _are_digits(first: Sequence[ReadWord], second: Sequence[ReadWord]) -> bool:
    """Whether one sure digit became another."""
    both = (*first, *second)
    digits = all(len(word.text) == 1 and word.text.isdecimal() and word.score >= SURE_DIGIT for word in both)
    return len(first) == len(second) == 1 and digits


def _have_moved(first: Sequence[ReadWord], second: Sequence[ReadWord]) -> bool:
    """Whether both are the same words, every one of them elsewhere."""
    if not first or [word.text for word in first] != [word.text for word in second]:
        return False
    return all(_is_elsewhere(one.box, two.box) for one, two in zip(first, second, strict=True))


def _is_elsewhere(box1: Box, box2: Box) -> bool:
    """Whether both ends or the foot of a word lie a part of its height elsewhere."""
    left, _, right, foot = (abs(one - two) for one, two in zip(box1, box2, strict=True))
    return max(min(left, right), foot) >= _STEP * (box1[3] - box1[1])


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
