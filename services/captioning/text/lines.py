"""Lines: printed text at a region, as boxes with the gaps between glyphs, from ink and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imgdiff.boxes import shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.limits import MOST_GLYPHS, TALLEST_TEXT
from services.captioning.text.ink import Glyphs, find_glyphs, measure_ink
from services.captioning.text.words import Gap, Line
from services.imaging.arrays import Floats
from services.imaging.boxes import crop

# Window around a region in which its lines are looked for, in pixels beside the box; chosen.
_ACROSS, _DOWN = 320, 40
# Glyphs: chosen on rendered lines in twelve fonts, none measured apart.
_WIDEST = 8  # width over height; what is wider is a rule
_LEAST_GLYPH = 8  # pixels of height, as which a lower glyph's gaps are judged
_BESIDE = 0.4  # share of the lower of two glyphs that must be at one height
_MARK, _BELOW = 0.45, 0.15  # heights over that of a letter: of a mark, and how far below or above one it may be
_JOINED = 1.5  # gap over height up to which two glyphs are of one line
_CAPITAL = 1.5  # height of capitals over that of low letters
_LINES_HIGH = 1.9  # usual heights of glyphs, from which a line is two
_TWO_LINES = 1.6  # usual heights of glyphs, from which one that joins two lines is taller
_LEAST_HEIGHT = 5  # pixels of a line
_DOT = 0.3  # height of dots over that of their letters, which is no line
_AT_REGION = 0.3  # share of the lower of line and region that must be at one height
_SLOPE, _SLOPED = 0.25, 3  # rise over run from which a line of so many glyphs is slanted and not read
_CONTEXT = 8  # heights of a line to each side of the box that are read with it
# Gaps over the height of capitals: of 880 spaces in twelve fonts of 10 to 28 px 99 % are above .33, of 2500 gaps
# inside words 99 % below .32 where the font is proportional.
_POSSIBLE, _LIKELY, _SURE = 0.1, 0.31, 0.45
_AFTER_MARK, _BEFORE_MARK = 0.56, 0.8  # of a comma, dash or quote, as a font of one width has them
_LETTER = 0.75  # width of a letter over the height of capitals
_SPACED, _SPACED_SEEN = 2.2, 1.4  # median gaps of a line, which spaced letters widen: of a space, and of one seen
_WIDE = 3  # the same of a space beside a mark
_PITCHED = 0.1  # of a pitch: mean error up to which glyphs stand in equal steps
_PITCHES = 0.7, 0.98  # steps of such fonts over the height of capitals
_FILLED = 1.1  # of a pitch: width of a glyph, at most
_PITCHED_SPACE = 0.75  # heights of capitals, as wide as any space of such a font is
_LEAST_PITCHED = 4  # glyphs that show a pitch


def find_lines(image: RGB, box: Box) -> list[Line]:
    """The lines (RGB, 0..255) that reach into the box, from the top, each with its words near the box."""
    x1, y1, x2, y2 = box
    high = y2 - y1
    left, top = max(0, x1 - _ACROSS - 2 * high), max(0, y1 - _DOWN - high // 2)
    right = min(image.shape[1], x2 + _ACROSS + 2 * high)
    bottom = min(image.shape[0], y2 + _DOWN + high // 2)
    here = (x1 - left, y1 - top, x2 - left, y2 - top)
    ink, strength = measure_ink(crop(image, (left, top, right, bottom)), here)
    found = []
    for glyphs in _group(_keep_characters(find_glyphs(ink), len(ink)), here):
        if _is_at(glyphs, here) and not _is_slanted(glyphs):
            rows = slice(int(glyphs[:, 1].min()), int(glyphs[:, 3].max()))
            line = _cut(_measure_gaps(glyphs, strength[rows].max(axis=0)), here)
            found.append(_shift(line, left, top))
    tallest = max((_height(line) for line in found), default=0)
    found = [line for line in found if _height(line) > _DOT * tallest]
    return sorted(found, key=lambda line: (line.box[1], line.box[0]))


def _height(line: Line) -> int:
    return line.box[3] - line.box[1]


def _keep_characters(parts: Glyphs, high: int) -> Glyphs:
    """Parts of ink in a window `high` pixels high that may be characters."""
    width, height = parts[:, 2] - parts[:, 0], parts[:, 3] - parts[:, 1]
    fits = (height <= TALLEST_TEXT) & (width <= _WIDEST * np.maximum(height, _WIDEST)) & (height < 0.95 * high)
    return np.asarray(parts[fits][:MOST_GLYPHS])


def _shift(line: Line, left: int, top: int) -> Line:
    gaps = (replace(one, left=one.left + left, right=one.right + left) for one in line.gaps)
    return Line(shift(line.box, left, top), tuple(gaps))


def _group(glyphs: Glyphs, here: Box) -> Iterator[Glyphs]:
    """The glyphs of each line that has a glyph in the box."""
    for found in _grow(glyphs, here, _are_beside(glyphs, _BELOW)):
        if not _are_lines(found):
            yield found
        if not _are_lines(found) or _is_slanted(found):
            continue
        height = found[:, 3] - found[:, 1]
        apart = found[height <= _TWO_LINES * _usual_height(found)]
        yield from _grow(apart, here, _are_beside(apart, -_BESIDE))


def _grow(glyphs: Glyphs, here: Box, beside: NDArray[np.bool_]) -> Iterator[Glyphs]:
    left, top, right, bottom = glyphs.T
    waiting = (left < here[2]) & (right > here[0]) & (top < here[3]) & (bottom > here[1])
    while waiting.any():
        line = np.zeros(len(glyphs), bool)
        line[waiting.argmax()] = True
        while True:
            grown = np.asarray(beside[line].any(axis=0))
            if (grown == line).all():
                break
            line = grown
        waiting &= ~line
        yield glyphs[line][left[line].argsort()]


def _are_lines(glyphs: Glyphs) -> bool:
    """Whether marks or strokes that touch have joined two lines into one."""
    return len(glyphs) > _SLOPED and int(glyphs[:, 3].max() - glyphs[:, 1].min()) > _LINES_HIGH * _usual_height(glyphs)


def _usual_height(glyphs: Glyphs) -> float:
    """The height of its capitals, if marks are few."""
    return float(np.percentile(glyphs[:, 3] - glyphs[:, 1], 75)) if len(glyphs) else 0.0


def _are_beside(glyphs: Glyphs, below: float) -> NDArray[np.bool_]:
    """(N, N) which glyphs are beside one another in one line."""
    left, top, right, bottom = glyphs.T
    height = bottom - top
    level = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    apart = np.maximum.outer(left, left) - np.minimum.outer(right, right)
    lower, higher = np.minimum.outer(height, height), np.maximum.outer(height, height)
    usual = np.minimum(_usual_height(glyphs), _CAPITAL * higher)
    beside = (level >= _BESIDE * lower) | ((lower < _MARK * higher) & (level >= -below * higher))
    return np.asarray(beside & (apart <= _JOINED * np.maximum(np.maximum(_LEAST_GLYPH, higher), usual)))


def _is_at(line: Glyphs, here: Box) -> bool:
    top, bottom = int(line[:, 1].min()), int(line[:, 3].max())
    both = min(bottom, here[3]) - max(top, here[1])
    return bottom - top >= _LEAST_HEIGHT and both > _AT_REGION * min(bottom - top, here[3] - here[1])


def _is_slanted(line: Glyphs) -> bool:
    """Whether the feet of its glyphs rise or fall from left to right."""
    if len(line) < _SLOPED:
        return False
    across = (line[:, 0] + line[:, 2]) / 2
    spread = float(across.var())
    return spread > 0 and abs(float(((across - across.mean()) * line[:, 3]).mean())) > _SLOPE * spread


def _cut(line: Line, here: Box) -> Line:
    """The line from the sure gap before its context at the box to the one behind it."""
    x1, y1, x2, y2 = line.box
    reach = _CONTEXT * (y2 - y1)
    sure = [gap for gap in line.gaps if gap.sure]
    left = max([gap.right for gap in sure if gap.right <= here[0] - reach], default=x1)
    right = min([gap.left for gap in sure if gap.left >= here[2] + reach], default=x2)
    return Line((left, y1, right, y2), tuple(gap for gap in line.gaps if left < gap.left and gap.right < right))


def _measure_gaps(glyphs: Glyphs, profile: Floats) -> Line:
    """The line of these glyphs; `profile` is the strength of ink, 0..1, of each column."""
    merged = _merge_stacked(glyphs)
    capital = float(np.percentile(merged[:, 3] - merged[:, 1], 90))
    widths = [float((1 - profile[one[2] - 1 : other[0] + 1]).sum()) for one, other in pairwise(merged)]
    gaps = np.array(widths) / capital
    touching = max(0, round(float((merged[:, 2] - merged[:, 0]).sum()) / (_LETTER * capital)) - len(merged))
    usual = float(np.median(np.concatenate([gaps, np.zeros(touching)]))) if len(gaps) else 0.0
    pitched = _pitched_spaces(merged, gaps, capital)
    marks = np.asarray(merged[:, 3] - merged[:, 1] < _MARK * capital)
    least = np.where(marks[1:], _BEFORE_MARK, np.where(marks[:-1], _AFTER_MARK, _SURE))
    spaced = gaps >= _SPACED * usual
    sure = (gaps >= least) & spaced if pitched is None else pitched
    likely = (gaps >= _LIKELY) & spaced & ~marks[1:] & ~marks[:-1] if pitched is None else pitched
    possible = (gaps >= _POSSIBLE) & (gaps >= _SPACED_SEEN * usual)
    box = (int(merged[0, 0]), int(merged[:, 1].min()), int(merged[-1, 2]), int(merged[:, 3].max()))
    columns = zip(merged[:-1, 2].tolist(), merged[1:, 0].tolist(), strict=True)
    wide = (gaps >= np.maximum(least, _WIDE * usual)) & (pitched is None or pitched)
    flags = zip(possible.tolist(), likely.tolist(), sure.tolist(), wide.tolist(), strict=True)
    return Line(box, tuple(Gap(*ends, *flag) for ends, flag in zip(columns, flags, strict=True)))


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


def _pitched_spaces(merged: Glyphs, gaps: NDArray[np.float64], capital: float) -> NDArray[np.bool_] | None:
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
    return np.asarray((counted >= 2) & (gaps >= _PITCHED_SPACE))
