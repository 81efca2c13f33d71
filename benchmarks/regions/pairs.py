"""Pairs with an exact truth, made from photos: one small edit or none, under a nuisance of a second capture."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from training.nuisances import NUISANCES

_MARGIN = 24  # pixels cut off after a warp, so that no border is invented
_SIDES = (16, 28, 56, 110)  # of an edit, in pixels
_VISIBLE = 12.0  # grey levels of mean difference below which nobody would call it an edit
_FAINT = (12.0, 22.0)  # grey levels of mean difference of a faint edit, least and most


@dataclass(frozen=True)
class RegionPair:
    """One pair; without an edit `box` is null."""

    name: str
    nuisance: str
    image1: RGB
    image2: RGB
    box: Box | None


def make_pairs(
    photos: list[tuple[str, RGB]], wanted: list[str], seed: int, size: tuple[int, int] = (640, 480)
) -> Iterator[RegionPair]:
    """For every photo and nuisance an unchanged pair and an edited one; kinds and sizes of the edits take turns.

    `size` is width and height of the made images; the edits keep their size in pixels.
    """
    large = [(name, _scale_and_crop(photo, size)) for name, photo in photos]
    for number, (name, photo) in enumerate(large):
        rng = np.random.default_rng((seed, number))
        edited, box = edit_photo(photo, large[(number + 1) % len(large)][1], number, rng)
        for nuisance in wanted:
            change = NUISANCES[nuisance]
            yield RegionPair(name, nuisance, _without_margin(photo), _without_margin(change(photo)), None)
            yield RegionPair(name, nuisance, _without_margin(photo), _without_margin(change(edited)), box)


def edit_photo(photo: RGB, other: RGB, number: int, rng: np.random.Generator) -> tuple[RGB, Box]:
    """Paste a part of another photo, clearly or faintly, or cover a place with what is beside it."""
    side = _SIDES[number % len(_SIDES)]
    kind = ("paste", "faint", "cover")[number // len(_SIDES) % 3]
    best: tuple[float, RGB, Box] | None = None
    for _ in range(200):
        wide, high = side, max(16, int(side * rng.uniform(0.75, 1.3)))
        left = int(rng.integers(2 * _MARGIN, photo.shape[1] - 2 * _MARGIN - wide))
        top = int(rng.integers(2 * _MARGIN, photo.shape[0] - 2 * _MARGIN - high))
        place = slice(top, top + high), slice(left, left + wide)
        under = photo[place].astype(np.float32)
        new = _content_for(photo, other, kind, (wide, high), (left, top), rng)
        soft = _ellipse(high, wide)
        difference = float(np.abs((new - under) * soft).max(axis=2)[soft[..., 0] > 0.5].mean())
        if kind == "faint" and difference > _FAINT[1]:
            new = under + (new - under) * (_FAINT[1] / difference)
            difference = _FAINT[1]
        if best is None or difference > best[0]:
            image = photo.copy()
            image[place] = np.rint(under + (new - under) * soft).clip(0, 255).astype(np.uint8)
            best = difference, image, (left - _MARGIN, top - _MARGIN, left + wide - _MARGIN, top + high - _MARGIN)
        if difference >= (_FAINT[0] if kind == "faint" else 2 * _VISIBLE):
            break
    assert best is not None
    return best[1], best[2]


def _content_for(
    photo: RGB, other: RGB, kind: str, size: tuple[int, int], place: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """New pixels for a place: a part of another photo, or of the same one a little further on."""
    (wide, high), (left, top) = size, place
    if kind == "cover":
        away = int(rng.choice([-1, 1])) * wide * 2
        left = min(max(0, left + away), photo.shape[1] - wide)
        return photo[top : top + high, left : left + wide].astype(np.float32)
    zoom = max(1, min(other.shape[1] // (2 * wide), other.shape[0] // (2 * high), 3))
    x = int(rng.integers(0, other.shape[1] - wide * zoom))
    y = int(rng.integers(0, other.shape[0] - high * zoom))
    part = other[y : y + high * zoom, x : x + wide * zoom]
    return np.asarray(cv2.resize(part, (wide, high), interpolation=cv2.INTER_AREA), np.float32)


def _ellipse(high: int, wide: int) -> np.ndarray:
    y, x = np.mgrid[:high, :wide]
    inside = ((2 * x + 1 - wide) / wide) ** 2 + ((2 * y + 1 - high) / high) ** 2 <= 1
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.7))[..., None]


def _scale_and_crop(photo: RGB, size: tuple[int, int]) -> RGB:
    """Scale and crop to one size, with the margin that warps need."""
    width, height = size[0] + 2 * _MARGIN, size[1] + 2 * _MARGIN
    scale = max(width / photo.shape[1], height / photo.shape[0])
    scaled = max(width, round(photo.shape[1] * scale)), max(height, round(photo.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(photo, scaled, interpolation=way)[:height, :width])


def _without_margin(image: RGB) -> RGB:
    return np.ascontiguousarray(image[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN])
