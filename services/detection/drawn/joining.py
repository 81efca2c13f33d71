"""Joining: what lies inside the closed outline of a change belongs to it, and so do the dashes of one line."""

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from services.detection.limits import DASH_GAP, DASH_WIDTH, ENCLOSED, LEAST_DASHES, LEAST_ENCLOSING, SPARSE_SHARE
from services.imaging.arrays import Flags
from services.imaging.boxes import gap, window

_CLOSED = np.ones((5, 5), np.uint8)  # pixels across which parts of an outline join; chosen


def find_parts(boxes: Sequence[Box], changed: Flags) -> list[list[int]]:
    """The indices of the boxes that are one change; `changed` are the changed pixels, height x width."""
    groups: dict[int, list[int]] = {}
    for index in sorted(range(len(boxes)), key=lambda at: -area(boxes[at])):
        outer = next((at for at in groups if _encloses(boxes[at], boxes[index], changed)), index)
        groups.setdefault(outer, []).append(index)
    return _join_dashes(boxes, list(groups.values()))


def _join_dashes(boxes: Sequence[Box], groups: list[list[int]]) -> list[list[int]]:
    """Thin pieces of one width in one line, close to one another, become one group."""
    joined = {group[0]: group for group in groups}
    for across in (0, 1):
        chains: dict[tuple[int, int], list[int]] = {}
        for index in joined:
            if boxes[index][across + 2] - boxes[index][across] <= DASH_WIDTH:
                chains.setdefault((boxes[index][across], boxes[index][across + 2]), []).append(index)
        for chain in chains.values():
            for run in _split_chain(boxes, sorted(chain, key=lambda at: boxes[at][1 - across]), 1 - across):
                joined[run[0]] = [part for index in run for part in joined.pop(index)]
    return list(joined.values())


def _split_chain(boxes: Sequence[Box], chain: list[int], along: int) -> list[list[int]]:
    """The runs of a chain with gaps no longer than dashes have."""
    length = float(np.median([boxes[at][along + 2] - boxes[at][along] for at in chain]))
    runs = [[chain[0]]]
    for index in chain[1:]:
        if gap(boxes[runs[-1][-1]], boxes[index]) <= DASH_GAP * length:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [run for run in runs if len(run) >= LEAST_DASHES]


def _encloses(outer: Box, inner: Box, changed: Flags) -> bool:
    if min(outer[2] - outer[0], outer[3] - outer[1]) < LEAST_ENCLOSING or area(outer) > SPARSE_SHARE * changed.size:
        return False
    if intersection(outer, inner) < ENCLOSED * area(inner):
        return False
    x1, y1, x2, y2 = (max(0, value - start) for value, start in zip(inner, (*outer[:2], *outer[:2]), strict=True))
    others = changed[window(outer)].astype(np.uint8)
    others[y1:y2, x1:x2] = 0
    closed = cv2.morphologyEx(others, cv2.MORPH_CLOSE, _CLOSED) > 0
    return bool(ndimage.binary_fill_holes(closed)[y1:y2, x1:x2].mean() >= ENCLOSED)
