"""Difference: the words in which two readings of one place differ."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise, takewhile

from services.captioning.text.words import ReadWord

Words = tuple[ReadWord, ...]

_FIRST_OF_NUMBER = re.compile(r"\D{0,2}\d{1,3}")
_GROUP_OF_NUMBER = re.compile(r"\d{3}([.,]\d+)?\D{0,2}")


def find_difference(first: Sequence[ReadWord], second: Sequence[ReadWord]) -> tuple[Words, Words]:
    """Both without the words that they begin and end with alike, where spaces count for nothing.

    Where one has two words and the other one with a gap in it, the other has two as well.
    """
    text1, text2 = ("".join(word.text for word in words) for words in (first, second))
    length1, length2 = len(text1), len(text2)
    ends1, ends2 = _word_ends(first), _word_ends(second)
    gaps1, gaps2 = ends1 | _joints(first), ends2 | _joints(second)
    alike = _count_alike(text1, text2)
    start = max((at for at in (ends1 & gaps2) | (gaps1 & ends2) if at <= alike), default=0)
    alike = min(_count_alike(text1[::-1], text2[::-1]), min(length1, length2) - start)
    back1, back2 = ({length1 - at for at in ends} for ends in (ends1, gaps1))
    other1, other2 = ({length2 - at for at in ends} for ends in (ends2, gaps2))
    from_end = (back1 & other2) | (back2 & other1)
    end = max((at for at in from_end if at <= alike), default=0)
    start, end = _keep_numbers(first, start, end, length1)
    return _between(first, start, length1 - end), _between(second, start, length2 - end)


def _count_alike(text1: str, text2: str) -> int:
    """Number of characters that both begin with."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(text1, text2, strict=False)))


def _word_ends(words: Sequence[ReadWord]) -> set[int]:
    """Numbers of characters after which a word ends, and 0."""
    return {0, *accumulate(len(word.text) for word in words)}


def _joints(words: Sequence[ReadWord]) -> set[int]:
    """Numbers of characters after which a word may end."""
    starts = accumulate((len(word.text) for word in words), initial=0)
    return {start + joint.after for start, word in zip(starts, words, strict=False) for joint in word.joints}


def _between(words: Sequence[ReadWord], start: int, end: int) -> Words:
    """The words between two numbers of characters; a word over one of them is parted."""
    found, begin = [], 0
    for word in words:
        stop = begin + len(word.text)
        if start < stop and end > begin:
            found.append(_part(word, max(0, start - begin), min(stop, end) - begin))
        begin = stop
    return tuple(found)


def _part(word: ReadWord, start: int, stop: int) -> ReadWord:
    x1, y1, x2, y2 = word.box
    left = min((one.right for one in word.joints if one.after == start), default=x1)
    right = max((one.left for one in word.joints if one.after == stop), default=x2)
    return replace(word, text=word.text[start:stop], box=(left, y1, right, y2))


def _keep_numbers(words: Sequence[ReadWord], start: int, end: int, length: int) -> tuple[int, int]:
    """Both ends, outside of a number whose thousands are apart."""
    stop = 0
    for word, following in pairwise(words):
        begin, stop = stop, stop + len(word.text)
        if _FIRST_OF_NUMBER.fullmatch(word.text) and _GROUP_OF_NUMBER.fullmatch(following.text):
            start = begin if start == stop else start
            end = end - len(following.text) if length - end == stop else end
    return start, end
