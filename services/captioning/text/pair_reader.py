"""Pair reader: the words that differ between both images at a region, as they were read in each."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from imgdiff.boxes import shift
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
from services.captioning.text.difference import Words, find_difference
from services.captioning.text.lines import find_lines
from services.captioning.text.reading import read_line
from services.captioning.text.words import Line, ReadWord, RegionText
from services.imaging.arrays import Flags
from services.imaging.boxes import crop
from services.networks.text_reader import TextReader

_STEP = 0.25  # of its height, by which a word that moved is elsewhere; chosen
_LINE, _NEXT = 20, 40  # widths, and pixels, around a box within which a column of glyphs is read; chosen
_LEAST_DOWN = 2  # gaps between glyphs that show a column; chosen
_NEAR = 2  # pixels around a word that belong to it; chosen
_LEAST_FILL = 24  # pixels of the shorter side of what is no stroke; chosen
_SAME_ROW = 0.5  # share of the lower of two lines that is at one height; chosen
# Upright strokes that begin a word are I, l or 1, and sometimes one more or fewer than were read.
_STROKES = re.compile(r"\W*(?=\S*[^\W\d])([Il1|]{2}|[Il1|i]{3})")
_OF_ICONS = frozenset({"So", "Sk"})  # categories of characters that the reader sees in icons
_MARKS_OF_TEXT = frozenset("°©®^`´¨")
_SYMBOLS = "\u2190"  # the first arrow; all symbols of mathematics from here on are seen in icons, too
_ALIKE = str.maketrans("Il|O", "1110")  # characters that many fonts draw alike


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
        if self._left == 0 or changed.size > READ_PIXELS or _is_fill(changed):
            return None
        self._left -= 1
        upright = self._read_upright(self._images, box, changed)
        if upright is not None and max(len(upright.text1 or ""), len(upright.text2 or "")) > 1:
            return upright
        return self._read_turned(box, changed) or upright

    def _read_upright(self, images: tuple[RGB, RGB], box: Box, changed: Flags) -> RegionText | None:
        lines = _find_lines(images, box)
        if lines is None:
            return None
        first, second = (
            tuple(word for line in found for word in read_line(self._reader, image, line))
            for image, found in zip(images, lines, strict=True)
        )
        return _compare(first, second, box, changed)

    def _read_turned(self, box: Box, changed: Flags) -> RegionText | None:
        """What is read along a column of glyphs, turned either way; the surer one."""
        around = _widen(box, self._images[0].shape)
        views = tuple(crop(image, around) for image in self._images)
        x1, y1, x2, y2 = shift(box, -around[0], -around[1])
        height, width = views[0].shape[:2]
        if not _stand_in_columns(views, (x1, y1, x2, y2)):
            return None
        read = []
        for turns, turned in ((1, (y1, width - x2, y2, width - x1)), (3, (height - y2, x1, height - y1, x2))):
            images = np.ascontiguousarray(np.rot90(views[0], turns)), np.ascontiguousarray(np.rot90(views[1], turns))
            read.append(self._read_upright(images, turned, np.rot90(changed, turns)))
        found = [one for one in read if one is not None and all(map(_is_label, (one.text1, one.text2)))]
        return max(found, key=lambda one: one.score) if found else None


def _is_label(text: str | None) -> bool:
    """Whether a text has a word of letters or a longer one, unlike what is seen in digits that lie on their sides."""
    return text is None or any(len(word) > 2 or (len(word) > 1 and word.isalpha()) for word in text.split())


def _widen(box: Box, shape: tuple[int, ...]) -> Box:
    """The box with the line around it that runs down or up."""
    x1, y1, x2, y2 = box
    beside = _LINE * (x2 - x1)
    return max(0, x1 - _NEXT), max(0, y1 - beside), min(shape[1], x2 + _NEXT), min(shape[0], y2 + beside)


def _stand_in_columns(views: Sequence[RGB], box: Box) -> bool:
    """Whether glyphs at the box follow one another downwards in either image, rather than from left to right."""
    x1, y1, x2, y2 = box
    for view in views:
        across = max((len(line.gaps) for line in find_lines(view, box)), default=0)
        turned = np.ascontiguousarray(view.transpose(1, 0, 2))
        down = max((len(line.gaps) for line in find_lines(turned, (y1, x1, y2, x2))), default=0)
        if down >= _LEAST_DOWN and down > across:
            return True
    return False


def _find_lines(images: tuple[RGB, RGB], box: Box) -> tuple[list[Line], list[Line]] | None:
    """The lines of both images; null where they are too many."""
    found1, found2 = (find_lines(image, box) for image in images)
    both = _add_rows(images[0], found1, found2), _add_rows(images[1], found2, found1)
    for lines in both:
        if len(lines) > MOST_LINES or sum(1 + sum(gap.sure for gap in line.gaps) for line in lines) > MOST_WORDS:
            return None
    return both


def _add_rows(image: RGB, lines: list[Line], others: list[Line]) -> list[Line]:
    """The lines of one image, and those that it has in rows where only the other one's reach into the box."""
    rows = [other for other in others if not any(_in_one_row(other.box, line.box) for line in lines)]
    found = [line for row in rows for line in find_lines(image, row.box)]
    fresh = {line.box: line for line in found if not any(_in_one_row(line.box, one.box) for one in lines)}
    return sorted([*lines, *fresh.values()], key=lambda line: (line.box[1], line.box[0]))


def _is_fill(changed: Flags) -> bool:
    return min(changed.shape) > _LEAST_FILL and bool(changed.mean() >= SOLID)


def _in_one_row(box1: Box, box2: Box) -> bool:
    both = min(box1[3], box2[3]) - max(box1[1], box2[1])
    beside = min(box1[2], box2[2]) > max(box1[0], box2[0])
    return beside and both >= _SAME_ROW * min(box1[3] - box1[1], box2[3] - box2[1])


def _compare(all1: Words, all2: Words, box: Box, changed: Flags) -> RegionText | None:
    """What both readings say of the changed pixels of a box; null where they are unsure or explain too little."""
    other1, other2 = find_difference(all1, all2)
    first, second = _trim(other1, other2, box, changed)
    within = bool(first) != bool(second) and min(len(all1), len(all2)) > 0
    if any(not kept and _reach(words, box) for kept, words in ((first, other1), (second, other2))):
        return None
    if first and second and not _are_digits(first, second) and not (_is_text(first) and _is_text(second)):
        if not _is_inside(first, all1) or not _is_inside(second, all2) or max(len(all1), len(all2)) > LONGEST_LINE:
            return None
        first, second = all1, all2
    if not first and not second:
        first, second = _trim(all1, all2, box, changed)
        if len(first) != len(second):
            return None
    if not _are_sure(first, second):
        return None
    words = (*first, *second)
    texts = RegionText(
        _join(first), _join(second), _have_moved(first, second), within, score=min(word.score for word in words)
    ).share_spaces()
    return texts if _explain(texts, (*all1, *all2), box, changed) else None


def _are_sure(first: Words, second: Words) -> bool:
    """Whether the words, of which there are some, were read without doubt."""
    words = (*first, *second)
    if not words or any(word.score < SURE or _STROKES.match(word.text) for word in words):
        return False
    if first != second and min(word.score for word in words) < SURE_DIGIT and _look_alike(first, second):
        return False
    return _are_digits(first, second) or all(_is_text(one) for one in (first, second) if one)


def _explain(texts: RegionText, words: Words, box: Box, changed: Flags) -> bool:
    """Whether the changed pixels are on the words of both images, and are strokes where no other text is read."""
    other = texts.text1 is not None and texts.text2 is not None and not texts.same
    if not other and changed.mean() >= SOLID:
        return False
    return _share_on(words, box, changed) >= (READS_OTHERWISE if other else TEXT_EXPLAINS)


def _trim(first: Words, second: Words, box: Box, changed: Flags) -> tuple[Words, Words]:
    """Without the words at both ends that no changed pixel touches, unless the other image has one there that is."""
    touched1, touched2 = ([word for word in words if _share_on((word,), box, changed) > 0] for words in (first, second))
    kept1 = [word in touched1 or any(_in_one_row(word.box, other.box) for other in touched2) for word in first]
    kept2 = [word in touched2 or any(_in_one_row(word.box, other.box) for other in touched1) for word in second]
    return _strip(first, kept1), _strip(second, kept2)


def _reach(words: Words, box: Box) -> bool:
    """Whether any of them is above, in or below the box rather than beside it."""
    return any(word.box[0] < box[2] - _NEAR and word.box[2] > box[0] + _NEAR for word in words)


def _strip(words: Words, kept: list[bool]) -> Words:
    """From the first to the last that is kept."""
    return words[kept.index(True) : len(kept) - kept[::-1].index(True)] if any(kept) else ()


def _is_inside(part: Words, words: Words) -> bool:
    """Whether there are words before and behind a part of them."""
    return bool(part) and words[0] != part[0] and words[-1] != part[-1]


def _look_alike(first: Words, second: Words) -> bool:
    """Whether both differ only in characters that look alike in many fonts."""
    return (_join(first) or "").translate(_ALIKE) == (_join(second) or "").translate(_ALIKE)


def _is_text(words: Sequence[ReadWord]) -> bool:
    """Whether they are words or numbers, not icons, symbols or the pieces of a line that runs another way."""
    characters = [one for word in words for one in word.text if one.isalnum()]
    if any(_is_of_icons(one) for word in words for one in word.text):
        return False
    if len(words) > 2 and len(characters) < LETTERS_OF_WORD * len(words):
        return False
    return len(characters) >= 2 or any(len(word.text) > 1 and any(map(str.isdecimal, word.text)) for word in words)


def _is_of_icons(character: str) -> bool:
    category = unicodedata.category(character)
    return (category in _OF_ICONS and character not in _MARKS_OF_TEXT) or (category == "Sm" and character >= _SYMBOLS)


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


def _join(words: Sequence[ReadWord]) -> str | None:
    return " ".join(word.text for word in words) or None
