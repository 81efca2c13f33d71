"""Lines: the words of printed text at a region, as boxes, from ink on its local background and nothing else."""

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.boxes import shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.limits import MOST_GLYPHS, TALLEST_TEXT
from services.captioning.text.words import Joint, Line, Word
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop

# Window around a region in which its lines are looked for, in pixels beside the box; chosen.
_ACROSS, _DOWN = 320, 40
# Background: the median of a square of twice the box's height, within these limits in pixels; chosen.
_LEAST_SQUARE, _MOST_SQUARE = 31, 101
# Ink: distance from the background in grey levels, or as a share of the strongest in the window; chosen.
_FAINTEST_INK, _INK_SHARE, _FULL_INK = 24, 0.18, 0.7
# Glyphs: chosen on rendered lines in twelve fonts, none measured apart.
_LEAST_INK = 1  # pixels of a glyph
_WIDEST = 8  # width over height; what is wider is a rule
_BESIDE = 0.4  # share of the lower of two glyphs that must be at one height
_MARK, _BELOW = 0.45, 0.15  # heights over that of a letter: of a mark, and how far below or above one it may be
_JOINED = 0.75  # gap over height up to which two glyphs are of one line
_LEAST_HEIGHT = 5  # pixels of a line
_AT_REGION = 0.3  # share of the lower of line and region that must be at one height
# Gaps over the height of capitals: of 880 spaces in twelve fonts of 10 to 28 px 99 % are above .33, of 2500 gaps
# inside words 99 % below .32 where the font is proportional.
_DOUBTFUL, _LIKELY, _SURE = 0.26, 0.31, 0.45
_AFTER_MARK, _BEFORE_MARK = 0.56, 0.8  # of a comma or full stop, as a font of one width has them
_PITCHED = 0.1  # of a pitch: mean error up to which glyphs stand in equal steps
_PITCHES = 0.7, 0.98  # steps of such fonts over the height of capitals
_FILLED = 1.1  # of a pitch: width of a glyph, at most
_LEAST_PITCHED = 4  # glyphs that show a pitch

Glyphs = NDArray[np.int64]
"""(N, 4): x1, y1, x2, y2 of each, half-open."""


def find_lines(image: RGB, box: Box) -> list[Line]:
    """The lines (RGB, 0..255) that reach into the box, from the top, each with all of its words near the box."""
    x1, y1, x2, y2 = box
    high = y2 - y1
    left, top = max(0, x1 - _ACROSS - 2 * high), max(0, y1 - _DOWN - high // 2)
    right = min(image.shape[1], x2 + _ACROSS + 2 * high)
    bottom = min(image.shape[0], y2 + _DOWN + high // 2)
    ink, strength = measure_ink(crop(image, (left, top, right, bottom)), high)
    glyphs = _find_glyphs(ink)
    here = (x1 - left, y1 - top, x2 - left, y2 - top)
    found = []
    for line in _group(glyphs, here):
        if _is_at(line, here):
            rows = slice(int(line[:, 1].min()), int(line[:, 3].max()))
            words = _split(line, strength[rows].max(axis=0))
            found.append(Line(tuple(_shift(word, left, top) for word in words)))
    return sorted(found, key=lambda line: (line.words[0].box[1], line.words[0].box[0]))


def measure_ink(image: RGB, high: int) -> tuple[Flags, Floats]:
    """Which pixels stand out from their background, for text about `high` pixels high, and how strongly, 0..1."""
    square = int(np.clip(2 * high, _LEAST_SQUARE, _MOST_SQUARE)) | 1
    distance = cv2.absdiff(image, np.asarray(cv2.medianBlur(np.ascontiguousarray(image), square))).max(2)
    strongest = max(1.0, float(np.percentile(distance, 99)))
    strength = np.clip(distance / np.float32(_FULL_INK * strongest), 0, 1)
    return np.asarray(distance > max(_FAINTEST_INK, _INK_SHARE * strongest)), np.asarray(strength, np.float32)


def _shift(word: Word, left: int, top: int) -> Word:
    return Word(shift(word.box, left, top), tuple(Joint(one.at + left, one.likely) for one in word.joints))


def _find_glyphs(ink: Flags) -> Glyphs:
    """Connected parts that may be characters."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    left, top, width, height, count = stats[1:].T
    fits = (height <= TALLEST_TEXT) & (width <= _WIDEST * np.maximum(height, _WIDEST)) & (count >= _LEAST_INK)
    fits &= height < 0.95 * ink.shape[0]
    boxes = np.stack([left, top, left + width, top + height], axis=1)[fits]
    return np.asarray(boxes[:MOST_GLYPHS], np.int64)


def _group(glyphs: Glyphs, here: Box) -> Iterator[Glyphs]:
    """The glyphs of each line that begins with a glyph in the box."""
    left, top, right, bottom = glyphs.T
    height = bottom - top
    level = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    apart = np.maximum.outer(left, left) - np.minimum.outer(right, right)
    lower, higher = np.minimum.outer(height, height), np.maximum.outer(height, height)
    beside = (level >= _BESIDE * lower) | ((lower < _MARK * higher) & (level >= -_BELOW * higher))
    beside &= apart <= _JOINED * np.maximum(_WIDEST, higher)
    waiting = (left < here[2]) & (right > here[0]) & (top < here[3]) & (bottom > here[1])
    while waiting.any():
        line = np.zeros(len(glyphs), bool)
        line[waiting.argmax()] = True
        while True:
            grown = beside[line].any(axis=0)
            if (grown == line).all():
                break
            line = grown
        waiting &= ~line
        yield glyphs[line][left[line].argsort()]


def _is_at(line: Glyphs, here: Box) -> bool:
    top, bottom = int(line[:, 1].min()), int(line[:, 3].max())
    both = min(bottom, here[3]) - max(top, here[1])
    return bottom - top >= _LEAST_HEIGHT and both > _AT_REGION * min(bottom - top, here[3] - here[1])


def _split(line: Glyphs, profile: Floats) -> list[Word]:
    """The words of a line: glyphs between spaces; `profile` is the strength of ink, 0..1, of each column."""
    merged = _merge_stacked(line)
    capital = float(np.percentile(merged[:, 3] - merged[:, 1], 90))
    gaps = (
        np.array([float((1 - profile[one[2] - 1 : other[0] + 1]).sum()) for one, other in pairwise(merged)]) / capital
    )
    pitched = _pitched_spaces(merged, capital)
    marks = merged[:, 3] - merged[:, 1] < _MARK * capital
    marks &= merged[:, 1] > np.median(merged[:, 3]) - _MARK * capital  # on the line, unlike a dash
    least = np.where(marks[1:], _BEFORE_MARK, np.where(marks[:-1], _AFTER_MARK, _SURE))
    sure = gaps >= least if pitched is None else pitched
    doubtful = gaps >= _DOUBTFUL if pitched is None else pitched
    top, bottom = int(merged[:, 1].min()), int(merged[:, 3].max())
    ends = [*(np.flatnonzero(sure) + 1).tolist(), len(merged)]
    words = []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        joints = [at for at in range(start, end - 1) if doubtful[at]]
        middles = tuple(Joint(int(merged[at, 2] + merged[at + 1, 0]) // 2, bool(gaps[at] >= _LIKELY)) for at in joints)
        words.append(Word((int(merged[start, 0]), top, int(merged[end - 1, 2]), bottom), middles))
    return words


def _merge_stacked(line: Glyphs) -> Glyphs:
    """Glyphs from left to right, with those above one another (`i`, `%`) as one."""
    merged = [line[0]]
    for glyph in line[1:]:
        last = merged[-1]
        if glyph[0] < last[2]:
            merged[-1] = np.array([last[0], min(last[1], glyph[1]), max(last[2], glyph[2]), max(last[3], glyph[3])])
        else:
            merged.append(glyph)
    return np.stack(merged)


def _pitched_spaces(merged: Glyphs, capital: float) -> NDArray[np.bool_] | None:
    """Where a line in a font of one width has spaces; null for other fonts and for too few glyphs."""
    if len(merged) < _LEAST_PITCHED:
        return None
    steps = np.diff((merged[:, 0] + merged[:, 2]) / 2)
    pitch = float(np.median(steps))
    if pitch < 1 or not (np.rint(steps / pitch) == 1).any():
        return None
    pitch = float(steps[np.rint(steps / pitch) == 1].mean())
    counted = np.rint(steps / pitch)
    error = float(np.abs(steps / pitch - counted).mean())
    wide = (merged[:, 2] - merged[:, 0]).max() > _FILLED * pitch
    if wide or (counted < 1).any() or error > _PITCHED or not _PITCHES[0] * capital <= pitch <= _PITCHES[1] * capital:
        return None
    return np.asarray(counted >= 2)
