"""What a second capture of one scene does to an image without changing the scene: light, shadow, motion, codec."""

from collections.abc import Callable

import cv2
import numpy as np

from imgdiff.images import RGB

# The ranges of all nuisances were chosen by eye, not measured.
_UNTOUCHED = 0.08  # share of captures without a nuisance
Nuisance = Callable[[RGB, np.random.Generator], RGB]


def capture_again(image: RGB, rng: np.random.Generator) -> RGB:
    """Apply a few nuisances in the order in which a camera makes them, sometimes none."""
    if rng.random() < _UNTOUCHED:
        return image
    for chance, choices in _CHAIN:
        if rng.random() < chance:
            image = choices[int(rng.integers(len(choices)))](image, rng)
    return image


def _to_levels(values: np.ndarray) -> RGB:
    return np.rint(values.clip(0, 255)).astype(np.uint8)


def _make_waves(image: RGB, rng: np.random.Generator, cells: int) -> np.ndarray:
    """A smooth field of standard normal values."""
    grid = rng.normal(size=(cells, cells)).astype(np.float32)
    return cv2.resize(grid, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _shift(image: RGB, rng: np.random.Generator) -> RGB:
    """What alignment leaves: a shift by a fraction of a pixel."""
    matrix = np.array([[1, 0, rng.normal(0, 0.35)], [0, 1, rng.normal(0, 0.35)]], np.float32)
    return np.asarray(
        cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def _bend(image: RGB, rng: np.random.Generator) -> RGB:
    """Parallax and lens: up to a few pixels, smoothly."""
    return _displace(image, rng, int(rng.integers(3, 9)), float(rng.uniform(0.3, 1.6)), None)


def _rustle(image: RGB, rng: np.random.Generator) -> RGB:
    """Leaves, water, redrawn fine texture: short waves of displacement in some places."""
    where = (_make_waves(image, rng, 4) > rng.uniform(-1.5, 0.8)).astype(np.float32)
    side = max(image.shape[:2])
    return _displace(
        image, rng, int(side / rng.uniform(6, 20)), float(rng.uniform(0.4, 1.8)), cv2.blur(where, (31, 31))
    )


def _displace(image: RGB, rng: np.random.Generator, cells: int, pixels: float, where: np.ndarray | None) -> RGB:
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = (_make_waves(image, rng, cells) * pixels for _ in range(2))
    if where is not None:
        across, down = across * where, down * where
    return np.asarray(cv2.remap(image, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def _expose(image: RGB, rng: np.random.Generator) -> RGB:
    gain, offset, gamma = rng.uniform(0.75, 1.3), rng.uniform(-12, 12), np.exp(rng.uniform(-0.35, 0.35))
    white = rng.uniform(0.93, 1.07, 3)
    return _to_levels((image / 255.0) ** gamma * 255 * gain * white + offset)


def _relight(image: RGB, rng: np.random.Generator) -> RGB:
    """Light from another direction: a strong smooth field."""
    field = 1 + rng.uniform(0.1, 0.35) * _make_waves(image, rng, int(rng.integers(2, 5)))
    return _to_levels(image * field.clip(0.4, 1.7)[..., None] * rng.uniform(0.88, 1.12, 3))


def _shade(image: RGB, rng: np.random.Generator) -> RGB:
    """Shadows of things outside the image: darker and cooler polygons with soft borders."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        centre = rng.uniform(0, 1, 2) * (width, height)
        corners = centre + rng.normal(0, 0.22, (int(rng.integers(3, 7)), 2)) * max(width, height)
        cv2.fillPoly(layer, [cv2.convexHull(corners.astype(np.int32))], 255)
    soft = cv2.GaussianBlur(layer.astype(np.float32) / 255, (0, 0), float(rng.uniform(1, 12)))[..., None]
    dark = rng.uniform(0.5, 0.85) * np.array([0.97, 1.0, 1.05])
    return _to_levels(image * (1 - soft * (1 - dark)))


def _add_grain(image: RGB, rng: np.random.Generator) -> RGB:
    return _to_levels(image + rng.normal(0, rng.uniform(1.5, 9), image.shape))


def _soften(image: RGB, rng: np.random.Generator) -> RGB:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.4))))


def _sharpen(image: RGB, rng: np.random.Generator) -> RGB:
    soft = cv2.GaussianBlur(image, (0, 0), 1.2).astype(np.float32)
    return _to_levels(image + rng.uniform(0.3, 1.2) * (image - soft))


def _rescale(image: RGB, rng: np.random.Generator) -> RGB:
    factor = float(rng.uniform(0.45, 0.9))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ways = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=ways[int(rng.integers(2))]))


def _redraw(image: RGB, rng: np.random.Generator) -> RGB:
    """What a generative model does to what it keeps: fine texture redrawn, tone shifted a little."""
    smooth = cv2.bilateralFilter(image, 7, float(rng.uniform(15, 45)), 5)
    share = float(rng.uniform(0.3, 1.0))
    mixed = _to_levels(image * (1 - share) + smooth.astype(np.float32) * share)
    return _expose_little(_displace(mixed, rng, max(image.shape[:2]) // 12, float(rng.uniform(0.2, 0.9)), None), rng)


def _expose_little(image: RGB, rng: np.random.Generator) -> RGB:
    return _to_levels(image * rng.uniform(0.95, 1.05, 3) + rng.uniform(-5, 5))


def _encode(image: RGB, rng: np.random.Generator) -> RGB:
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


_CHAIN: tuple[tuple[float, tuple[Nuisance, ...]], ...] = (
    (0.2, (_shade,)),
    (0.15, (_relight,)),
    (0.25, (_rustle, _bend, _redraw)),
    (0.4, (_expose, _expose_little)),
    (0.5, (_shift,)),
    (0.25, (_soften, _sharpen, _rescale)),
    (0.25, (_add_grain,)),
    (0.6, (_encode,)),
)
