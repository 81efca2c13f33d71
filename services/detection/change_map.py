"""The change map: for every cell of a grid over image1 the probability that something changed there.

The compared picture is first looked at without networks, in tiles, which is cheap and sees what is small and faint;
then, if there was anything at all, as a whole with them, at most 800 pixels wide.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from services.detection.change_layers import CELL, Layers, layers_of
from services.detection.perception import FloatMap, Networks, Perception
from services.detection.views import View
from services.embedded.change_head import ChangeHead
from services.embedded.pixels import resized

SIDE = 800  # pixels of the longer side at which the head was taught to look
_SMALLEST = 64  # pixels a side that LPIPS needs
_TILE, _OVERLAP = 800, 64


def whole(view: View, perception: Perception) -> FloatMap:
    """Rows x columns of the whole picture."""
    seen = layers(view, perception)
    return perception.head(seen.local, seen.overall)


def layers(view: View, perception: Perception) -> Layers:
    """The evidence of the whole picture."""
    height, width = fitting(view.image1.shape[0], view.image1.shape[1])
    image1, raw2, lit2 = (resized(image, height, width) for image in (view.image1, view.raw2, view.sure2))
    valid = cv2.resize(view.valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return layers_of(image1, raw2, lit2, valid, perception.distances(image1, lit2))


def plain(view: View, head: ChangeHead) -> FloatMap:
    """Rows x columns at four pixels a cell of the compared picture, without networks."""
    height, width = view.image1.shape[:2]
    found = np.zeros((-(-height // CELL), -(-width // CELL)), np.float32)
    for y, x in _tiles(height, width):
        cut = slice(y, min(height, y + _TILE)), slice(x, min(width, x + _TILE))
        seen = _seen_in(view, cut, head)
        rows, columns = slice(y // CELL, y // CELL + seen.shape[0]), slice(x // CELL, x // CELL + seen.shape[1])
        into = found[rows, columns]
        np.maximum(into, seen[: into.shape[0], : into.shape[1]], out=into)
    return found


def _seen_in(view: View, cut: tuple[slice, slice], head: ChangeHead) -> FloatMap:
    image1, raw2, lit2 = (np.ascontiguousarray(image[cut]) for image in (view.image1, view.raw2, view.sure2))
    evidence = layers_of(image1, raw2, lit2, view.valid[cut], Networks.unasked(image1.shape[:2]))
    return head(evidence.local, evidence.overall)


def fitting(height: int, width: int) -> tuple[int, int]:
    """Height and width at which the whole picture is looked at."""
    scale = min(1.0, SIDE / max(height, width))
    return max(_SMALLEST, round(height * scale)), max(_SMALLEST, round(width * scale))


def _tiles(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Upper left corners, multiples of a cell, so that every place lies well inside a tile."""
    for y in _starts(height):
        for x in _starts(width):
            yield y, x


def _starts(length: int) -> list[int]:
    last = -(-max(0, length - _TILE) // CELL) * CELL
    return sorted({min(start, last) for start in range(0, max(1, length - _OVERLAP), _TILE - _OVERLAP)})
