"""Shifts: rows that a page has higher or lower, because something came above them or went, are one change, not many."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.detection.limits import (
    FAINT_FLAT,
    LEAST_CAME,
    LEAST_SHIFTED_ROWS,
    MOST_REPEATS,
    SHIFT_EXPLAINS,
    SHIFT_GAP,
    SHIFTED_ALIKE,
    STRIP_GAP,
    VISIBLE,
)
from services.imaging.arrays import Flags
from services.imaging.channels import take_worst

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Shifted:
    """What shifted, to another place, or came or went for it."""

    box: Box
    change: Change
    moved_to: Box | None = None


@dataclass(frozen=True)
class _Strip:
    """Both images between two columns, a number for the pixels of each row, and which rows begin something."""

    left: int
    images: tuple[RGB, RGB]
    names: tuple[Rows, Rows]
    begins: tuple[Flags, Flags]

    @cached_property
    def differ(self) -> Flags:
        """Rows that are not equal in place."""
        return np.asarray(self.names[0] != self.names[1])

    @cached_property
    def blanks(self) -> tuple[int, int]:
        """The commonest row of each image: ground."""
        first, second = (np.unique(names, return_counts=True) for names in self.names)
        return int(first[0][first[1].argmax()]), int(second[0][second[1].argmax()])


@dataclass(frozen=True)
class _Step:
    """Rows of a strip that are `by` rows lower in image2, or higher below 0."""

    strip: _Strip
    by: int

    @cached_property
    def matched(self) -> tuple[Flags, Flags]:
        """The rows of each image that the other has, too, shifted."""
        names1, names2 = self.strip.names
        first, second = np.zeros(len(names1), bool), np.zeros(len(names2), bool)
        here = slice(max(0, -self.by), len(first) - max(0, self.by))
        there = slice(max(0, self.by), len(second) + min(0, self.by))
        first[here] = second[there] = names1[here] == names2[there]
        return first, second

    @cached_property
    def moved(self) -> tuple[int, int]:
        """The first row of image1 that shifted and shows more than ground, and the row after the last one."""
        strip = self.strip
        shown = [
            np.flatnonzero(strip.differ & matched & (names != blank))
            for matched, names, blank in zip(self.matched, strip.names, strip.blanks, strict=True)
        ]
        rows = np.concatenate([shown[0], shown[1] - self.by])
        if not len(rows):  # nothing but ground shifted
            rows = np.flatnonzero(strip.differ & self.matched[0])
        return int(rows.min()), int(rows.max()) + 1

    @cached_property
    def rows(self) -> slice:
        """The rows between which things shifted, and something may have come or gone, with the ground above."""
        start, end = self.moved
        start += min(0, self.by)
        names, blank = self.strip.names[int(self.by < 0)], self.strip.blanks[int(self.by < 0)]
        while start > 0 and names[start - 1] == blank:
            start -= 1
        return slice(start, end + max(0, self.by))


def find_shift(image1: RGB, image2: RGB, changed: Flags) -> tuple[list[Shifted], Flags]:
    """What shifted and what came or went for it, and the pixels (height x width) that this explains."""
    explained = np.zeros_like(changed)
    if changed.any(axis=1).sum() < LEAST_SHIFTED_ROWS:
        return [], explained
    columns = np.flatnonzero(changed.any(axis=0))
    apart = np.split(columns, np.flatnonzero(np.diff(columns) > STRIP_GAP) + 1)
    proposals: list[Shifted] = []
    for strip in (_cut(image1, image2, int(one[0]), int(one[-1]) + 1) for one in (columns, *apart)):
        step = _find_step(strip)
        if step is not None and (found := _describe(step)) is not None:
            proposals += found
            explained[step.rows, strip.left : strip.left + strip.images[0].shape[1]] = True
            if len(proposals) == len(found) and strip.left == columns[0]:
                break  # all columns shifted alike
    return proposals, explained


def _cut(image1: RGB, image2: RGB, left: int, right: int) -> _Strip:
    cuts = image1[:, left:right], image2[:, left:right]
    first, second = (np.array([_name(row) for row in cut], np.int64) for cut in cuts)
    begins = [np.append(True, names[1:] != names[:-1]) for names in (first, second)]
    return _Strip(left, cuts, (first, second), (begins[0], begins[1]))


def _name(row: NDArray[np.uint8]) -> int:
    """A number for its pixels that is the same in every process, unlike `hash`: ties are broken by it."""
    return int.from_bytes(hashlib.blake2b(row.tobytes(), digest_size=8).digest(), "little", signed=True)


def _find_step(strip: _Strip) -> _Step | None:
    """The step by which most rows that differ shifted; null where they did not."""
    first, second = (np.flatnonzero(begins & strip.differ) for begins in strip.begins)
    if min(len(first), len(second)) < LEAST_SHIFTED_ROWS:
        return None
    names, count = np.unique(strip.names[1][second], return_counts=True)
    rare = set(names[count <= MOST_REPEATS].tolist())
    places: dict[int, list[int]] = {}
    for row in second.tolist():
        places.setdefault(int(strip.names[1][row]), []).append(row)
    here = [(row, int(strip.names[0][row])) for row in first.tolist()]
    votes = [there - row for row, name in here if name in rare for there in places[name]]
    if not votes:
        return None
    steps, number = np.unique(votes, return_counts=True)
    step = _Step(strip, int(steps[number.argmax()]))
    shares = [float(one[rows].mean()) for one, rows in zip(step.matched, (first, second), strict=True)]
    moved = first[step.matched[0][first]]
    if step.by == 0 or len(moved) < LEAST_SHIFTED_ROWS or moved[-1] - moved[0] < abs(step.by):
        return None
    return step if max(shares) >= SHIFT_EXPLAINS else None


def _describe(step: _Step) -> list[Shifted] | None:
    """The rows that shifted, those that came and those that went; null where the same rows went and came elsewhere."""
    strip, by = step.strip, step.by
    rows, height = step.rows, len(strip.differ)
    lone = [
        np.flatnonzero(begins & strip.differ & ~matched)
        for begins, matched in zip(strip.begins, step.matched, strict=True)
    ]
    lone = [one[(one >= rows.start) & (one < rows.stop)] for one in lone]
    lone[0] = lone[0][(lone[0] + by >= 0) & (lone[0] + by < height)]  # what left the frame is not gone
    lone[1] = lone[1][(lone[1] - by >= 0) & (lone[1] - by < height)]
    if set(strip.names[0][lone[0]].tolist()) & set(strip.names[1][lone[1]].tolist()):
        return None
    start, end = step.moved
    block = _box(strip, 0, start, end)
    found = [Shifted(block, Change.MOVED, (block[0], block[1] + by, block[2], block[3] + by))]
    room = range(rows.start, start + max(0, by))
    pairs = [(run, np.intersect1d(run + by, lone[1])) for run in _split(lone[0])]
    gone = [run for run, other in pairs if not len(other) and not _is_alike(strip, 0, run, by)]
    came = [run for run in _split(lone[1]) if not len(np.intersect1d(run - by, lone[0]))]
    came = [run for run in came if not _is_alike(strip, 1, run, -by)]
    redone = [run for run, other in pairs if len(other) and not _is_alike(strip, 0, run, by)]
    found += [Shifted(_box(strip, 0, *run), Change.REMOVED) for run in _extend(strip, 0, gone, room)]
    found += [Shifted(_box(strip, 1, *run), Change.ADDED) for run in _extend(strip, 1, came, room)]
    return found + [Shifted(_box(strip, 0, int(run[0]), int(run[-1]) + 1), Change.CHANGED) for run in redone]


def _split(rows: Rows) -> list[Rows]:
    """Runs of rows with small gaps."""
    return np.split(rows, np.flatnonzero(np.diff(rows) > SHIFT_GAP) + 1) if len(rows) else []


def _extend(strip: _Strip, image: int, runs: list[Rows], room: range) -> list[tuple[int, int]]:
    """The first and last row of each run that is high enough, with the flat rows around it that came or went, too."""
    names, blank = strip.names[image], strip.blanks[image]
    extended = []
    for run in runs:
        top, bottom = int(run[0]), int(run[-1]) + 1
        while top > room.start and names[top - 1] != blank:
            top -= 1
        while bottom < room.stop and names[bottom] != blank:
            bottom += 1
        extended.append((top, bottom))
    return [(top, bottom) for top, bottom in extended if bottom - top >= LEAST_CAME]


def _is_alike(strip: _Strip, image: int, rows: Rows, by: int) -> bool:
    """Whether the other image has these rows, shifted, but for the smoothing of their edges."""
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    one, two = strip.images[image][top:bottom], strip.images[1 - image][max(0, top + by) : max(0, bottom + by)]
    return one.shape == two.shape and float((cv2.absdiff(one, two).max(axis=2) > VISIBLE).mean()) <= SHIFTED_ALIKE


def _box(strip: _Strip, image: int, top: int, bottom: int) -> Box:
    """The box around all edges of an image between two rows."""
    shown = np.ascontiguousarray(strip.images[image][max(0, top - 1) : bottom + 1])
    steps = take_worst(cv2.morphologyEx(shown, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    columns = np.flatnonzero((steps > FAINT_FLAT).any(axis=0))
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, shown.shape[1])
    return strip.left + left, top, strip.left + right, bottom
