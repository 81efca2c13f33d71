"""The change map: for every cell of a grid over image1 the probability that something changed there.

The pair is first mapped without networks, in tiles, which is cheap and shows what is small and faint; then, if there
is anything at all, as a whole with them, at most 800 pixels wide.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from services.detection.evidence.change_layers import CELL, LAYERS, Layers, add_networks, make_layers
from services.detection.evidence.change_maps import ChangeMaps
from services.detection.evidence.view import View
from services.detection.feature_extractor import FeatureExtractor
from services.detection.limits import MAP_SIDE
from services.imaging.arrays import Floats
from services.imaging.cores import map_on_cores
from services.imaging.resizing import resize
from services.networks.change_head import ChangeHead
from services.networks.perceptual import SMALLEST_SIDE

_OVERLAP = 64  # pixels of two tiles, so that every place lies well inside one; chosen, not measured


@dataclass(frozen=True)
class PlainMap:
    """The map without networks, rows x columns at four pixels a cell; its layers where one tile covers the view."""

    probability: Floats
    layers: Layers | None


def map_without_networks(view: View, head: ChangeHead) -> PlainMap:
    """Map the view tile by tile."""
    height, width = view.image1.shape[:2]
    probability = np.zeros((-(-height // CELL), -(-width // CELL)), np.float32)
    tiles = list(split_tiles(height, width))

    def weigh(corner: tuple[int, int]) -> PlainMap:
        layers = _tile_layers(view, tuple(slice(start, start + MAP_SIDE) for start in corner))
        return PlainMap(head.weigh(layers.local, layers.overall), layers if len(tiles) == 1 else None)

    weighed = map_on_cores(weigh, tiles)
    for (y, x), tile in zip(tiles, (one.probability for one in weighed), strict=True):
        rows, columns = slice(y // CELL, y // CELL + tile.shape[0]), slice(x // CELL, x // CELL + tile.shape[1])
        into = probability[rows, columns]
        np.maximum(into, tile[: into.shape[0], : into.shape[1]], out=into)
    return PlainMap(probability, weighed[0].layers)


def map_with_networks(view: View, extractor: FeatureExtractor, plain: PlainMap | None) -> ChangeMaps | None:
    """Map the whole view with networks; null where the backend has none.

    The map without networks and its layers are used again where the view keeps its size.
    """
    reused = plain if plain is not None and fit_to_head(*view.image1.shape[:2]) == view.image1.shape[:2] else None
    whole = make_whole_layers(view, extractor, None if reused is None else reused.layers)
    if whole is None:
        return None
    layers, tokens = whole
    if reused is not None and reused.probability.shape == layers.local.shape[1:]:
        by_pixels = reused.probability
    else:
        by_pixels = extractor.head.weigh(layers.local[:LAYERS], layers.overall)
    return ChangeMaps(by_pixels, extractor.head.weigh_with_tokens(layers.local, layers.overall, *tokens))


def make_whole_layers(
    view: View, extractor: FeatureExtractor, plain: Layers | None = None
) -> tuple[Layers, tuple[Floats, Floats]] | None:
    """The evidence of the whole view with networks, and both images' tokens; null where the backend has none.

    `plain` are the layers without networks of the view at the size at which it is mapped, where they are known.
    """
    height, width = fit_to_head(*view.image1.shape[:2])
    image1, raw2, lit2 = (resize(image, height, width) for image in (view.image1, view.raw2, view.sure2))
    distances = extractor.measure_distances(image1, lit2)
    if distances is None:
        return None
    valid = cv2.resize(view.valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    if plain is None:
        plain = make_layers(image1, raw2, lit2, valid)
    return add_networks(plain, distances, valid), distances.tokens


def fit_to_head(height: int, width: int) -> tuple[int, int]:
    """Height and width at which the whole view is mapped."""
    scale = min(1.0, MAP_SIDE / max(height, width))
    return max(SMALLEST_SIDE, round(height * scale)), max(SMALLEST_SIDE, round(width * scale))


def _tile_layers(view: View, tile: tuple[slice, ...]) -> Layers:
    image1, raw2, lit2 = (np.ascontiguousarray(image[tile]) for image in (view.image1, view.raw2, view.sure2))
    return make_layers(image1, raw2, lit2, view.valid[tile])


def split_tiles(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Top left corners, multiples of a cell."""
    for y in _starts(height):
        for x in _starts(width):
            yield y, x


def _starts(length: int) -> list[int]:
    last = -(-max(0, length - MAP_SIDE) // CELL) * CELL
    return sorted({min(start, last) for start in range(0, max(1, length - _OVERLAP), MAP_SIDE - _OVERLAP)})
