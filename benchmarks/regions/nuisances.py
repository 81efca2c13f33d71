"""Pairs with an exact truth, made from photos: one small edit or none, and what a second capture does to a picture."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box

_MARGIN = 24  # cut off after a warp, so that no border is made up
_SIDES = (16, 28, 56, 110)  # of an edit, in pixels
_VISIBLE = 12.0  # grey levels of mean difference below which nobody would call it an edit
_FAINT = (12.0, 22.0)


@dataclass(frozen=True)
class Made:
    """One pair; without an edit `box` is null."""

    name: str
    nuisance: str
    image1: RGB
    image2: RGB
    box: Box | None


def _shift(across: float, down: float, turn: float = 0.0, zoom: float = 1.0) -> Callable[[RGB], RGB]:
    def moved(image: RGB) -> RGB:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
        matrix[:, 2] += (across, down)
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC))

    return moved


def jpeg(quality: int) -> Callable[[RGB], RGB]:
    """Writing as JPEG of that quality and reading again."""

    def compressed(image: RGB) -> RGB:
        _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])

    return compressed


def _curve(gain: float, offset: float, gamma: float) -> Callable[[RGB], RGB]:
    def graded(image: RGB) -> RGB:
        return np.rint((((image / 255) ** gamma) * 255 * gain + offset).clip(0, 255)).astype(np.uint8)

    return graded


def _noise(image: RGB) -> RGB:
    grain = np.random.default_rng(5).normal(0, 6, image.shape)
    return np.rint((image + grain).clip(0, 255)).astype(np.uint8)


def _rescaled(image: RGB) -> RGB:
    height, width = image.shape[:2]
    small = cv2.resize(image, (width * 3 // 4, height * 3 // 4), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _other_light(image: RGB) -> RGB:
    """The sun is elsewhere: a slope of brightness, another curve, a warmer white."""
    height, width = image.shape[:2]
    slope = np.linspace(0.55, 1.25, width)[None, :, None] * np.linspace(1.1, 0.85, height)[:, None, None]
    lit = ((image / 255) ** 1.2) * slope * np.array([1.08, 1.0, 0.86])
    return np.rint((lit * 255).clip(0, 255)).astype(np.uint8)


NUISANCES: dict[str, Callable[[RGB], RGB]] = {
    "none": lambda image: image,
    "JPEG 90": jpeg(90),
    "JPEG 60": jpeg(60),
    "shift 1 px": _shift(1, 0),
    "shift 3+2 px": _shift(3, 2),
    "shift 0.5 px": _shift(0.5, 0.4),
    "turn 0.5 deg": _shift(0, 0, 0.5),
    "turn 2 deg": _shift(1, 2, 2.0, 1.01),
    "brightness": _curve(1.12, 6, 1.0),
    "gamma 0.75": _curve(1.0, 0, 0.75),
    "noise 6": _noise,
    "rescale 3/4": _rescaled,
    "other light": _other_light,
}


def made(
    photos: list[tuple[str, RGB]], wanted: list[str], seed: int, size: tuple[int, int] = (640, 480)
) -> Iterator[Made]:
    """For every photo and nuisance an unchanged pair and one with an edit of every kind and size in turn.

    `size` is width and height of the made images; the edits keep their size in pixels.
    """
    large = [(name, _fitted(photo, size)) for name, photo in photos]
    for number, (name, photo) in enumerate(large):
        rng = np.random.default_rng((seed, number))
        edited, box = edit(photo, large[(number + 1) % len(large)][1], number, rng)
        for nuisance in wanted:
            change = NUISANCES[nuisance]
            yield Made(name, nuisance, _cropped(photo), _cropped(change(photo)), None)
            yield Made(name, nuisance, _cropped(photo), _cropped(change(edited)), box)


def edit(photo: RGB, other: RGB, number: int, rng: np.random.Generator) -> tuple[RGB, Box]:
    """Something of another photo pasted (every second one faintly), or something covered by what is beside it."""
    side = _SIDES[number % len(_SIDES)]
    kind = ("paste", "faint", "cover")[number // len(_SIDES) % 3]
    best: tuple[float, RGB, Box] | None = None
    for _ in range(200):
        wide, high = side, max(16, int(side * rng.uniform(0.75, 1.3)))
        left = int(rng.integers(2 * _MARGIN, photo.shape[1] - 2 * _MARGIN - wide))
        top = int(rng.integers(2 * _MARGIN, photo.shape[0] - 2 * _MARGIN - high))
        place = slice(top, top + high), slice(left, left + wide)
        under = photo[place].astype(np.float32)
        new = _content(photo, other, kind, (wide, high), (left, top), rng)
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


def _content(
    photo: RGB, other: RGB, kind: str, size: tuple[int, int], place: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """What the place will show: a part of another photo, or of the same one a little further on."""
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


def _fitted(photo: RGB, size: tuple[int, int]) -> RGB:
    """Scaled and cut to one size, with the margin that warps need."""
    width, height = size[0] + 2 * _MARGIN, size[1] + 2 * _MARGIN
    scale = max(width / photo.shape[1], height / photo.shape[0])
    scaled = max(width, round(photo.shape[1] * scale)), max(height, round(photo.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(photo, scaled, interpolation=way)[:height, :width])


def _cropped(image: RGB) -> RGB:
    return np.ascontiguousarray(image[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN])
