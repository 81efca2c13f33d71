"""The change map: for every cell of a grid over image1 the probability that something changed there.

The compared picture is first looked at without networks, in tiles, which is cheap and sees what is small and faint;
then, if there was anything at all, as a whole with them, at most 800 pixels wide.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from services.detection.evidence.change_layers import CELL, Layers, plain_layers, with_networks
from services.detection.feature_extractor import Perception
from services.detection.proposals.views import View
from services.imaging.arrays import Floats
from services.imaging.resizing import resize
from services.networks.change_head import ChangeHead

SIDE = 800  # pixels of the longer side at which the head was taught to look
_SMALLEST = 64  # pixels a side that LPIPS needs
_TILE, _OVERLAP = 800, 64


@dataclass(frozen=True)
class Plain:
    """The map without networks, rows x columns at four pixels a cell; its layers where one tile holds the picture."""

    probability: Floats
    layers: Layers | None


def plain(view: View, head: ChangeHead) -> Plain:
    """The compared picture without networks, tile by tile."""
    height, width = view.image1.shape[:2]
    found = np.zeros((-(-height // CELL), -(-width // CELL)), np.float32)
    tiles = list(_tiles(height, width))
    for y, x in tiles:
        layers = _layers_in(view, (slice(y, y + _TILE), slice(x, x + _TILE)))
        seen = head(layers.local, layers.overall)
        rows, columns = slice(y // CELL, y // CELL + seen.shape[0]), slice(x // CELL, x // CELL + seen.shape[1])
        into = found[rows, columns]
        np.maximum(into, seen[: into.shape[0], : into.shape[1]], out=into)
    return Plain(found, layers if len(tiles) == 1 else None)


def whole(view: View, perception: Perception, known: Layers | None) -> Floats | None:
    """Rows x columns of the whole picture with networks; null where the backend has none.

    `known` are the plain layers of the view, so that a picture that is looked at in its own size has them once.
    """
    layers = whole_layers(view, perception, known)
    return None if layers is None else perception.head(layers.local, layers.overall)


def whole_layers(view: View, perception: Perception, known: Layers | None = None) -> Layers | None:
    """The evidence of the whole picture."""
    height, width = fitting(*view.image1.shape[:2])
    image1, raw2, lit2 = (resize(image, height, width) for image in (view.image1, view.raw2, view.sure2))
    networks = perception.distances(image1, lit2)
    if networks is None:
        return None
    valid = cv2.resize(view.valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    if known is None or (height, width) != view.image1.shape[:2]:
        known = plain_layers(image1, raw2, lit2, valid)
    return with_networks(known, networks, valid)


def _layers_in(view: View, cut: tuple[slice, slice]) -> Layers:
    image1, raw2, lit2 = (np.ascontiguousarray(image[cut]) for image in (view.image1, view.raw2, view.sure2))
    return plain_layers(image1, raw2, lit2, view.valid[cut])


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
