"""Pairs for the race: pictures with places planted in both, of which some differ."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from imgdiff.images import RGB
from imgdiff.records import Box

SIDE = 1024  # pixels, as Stable Diffusion XL makes them
_CELLS = 5  # a side of the grid that places are drawn from: 25 cells for at most 20 places
_LEAST, _MOST = 0.4, 0.9  # of a cell: the width and the height of a place


@dataclass(frozen=True)
class Planted:
    """A pair on disk, the places found in each image, and those in which the images differ."""

    paths: tuple[Path, Path]
    boxes: tuple[tuple[Box, ...], tuple[Box, ...]]
    differing: frozenset[Box]


def plant_pair(folder: Path, seed: int, places: int, differing: int) -> Planted:
    """A textured pair, `places` boxes a side at most 10, all apart; the first `differing` of all show another texture.

    The images are PNG files with a name of their own each, since the peer exchanges one name for the other.
    """
    chance = np.random.default_rng(seed)
    image1 = _texture(chance, SIDE, SIDE)
    image2 = image1.copy()
    boxes = [_box_in(chance, int(cell)) for cell in chance.permutation(_CELLS**2)[: 2 * places]]
    order = chance.permutation(len(boxes))
    for index in order[:differing]:
        x1, y1, x2, y2 = boxes[index]
        image2[y1:y2, x1:x2] = _texture(chance, y2 - y1, x2 - x1)
    paths = (folder / f"before{seed}.png", folder / f"after{seed}.png")
    for path, image in zip(paths, (image1, image2), strict=True):
        Image.fromarray(image).save(path, compress_level=1)
    return Planted(
        paths, (tuple(boxes[:places]), tuple(boxes[places:])), frozenset(boxes[index] for index in order[:differing])
    )


def _box_in(chance: np.random.Generator, cell: int) -> Box:
    side = SIDE // _CELLS
    width, height = (2 * int(length) // 2 * 2 for length in chance.uniform(_LEAST * side / 2, _MOST * side / 2, 2))
    x, y = cell % _CELLS * side + (side - width) // 2, cell // _CELLS * side + (side - height) // 2
    return x, y, x + width, y + height


def _texture(chance: np.random.Generator, height: int, width: int) -> RGB:
    coarse = chance.integers(0, 256, (max(2, height // 24), max(2, width // 24), 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
