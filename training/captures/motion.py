"""Motion that is no change: what alignment leaves, parallax, leaves and water, the lens."""

import cv2
import numpy as np

from imgdiff.images import RGB
from training.captures.fields import Field, make_waves


def shift(image: RGB, rng: np.random.Generator) -> RGB:
    """What alignment leaves: a shift by a fraction of a pixel."""
    matrix = np.array([[1, 0, rng.normal(0, 0.35)], [0, 1, rng.normal(0, 0.35)]], np.float32)
    return np.asarray(
        cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def bend(image: RGB, rng: np.random.Generator) -> RGB:
    """Parallax: up to a few pixels, smoothly."""
    return displace(image, rng, int(rng.integers(3, 9)), float(rng.uniform(0.3, 1.6)))


def distort(image: RGB, rng: np.random.Generator) -> RGB:
    """A lens bends straight lines: up to three pixels towards the corners."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = (x - width / 2) / (width / 2), (y - height / 2) / (width / 2)
    radius = across**2 + down**2
    strength = float(rng.uniform(-3, 3)) / float(radius.max() ** 1.5)
    pull = (radius - radius.mean()) * strength
    return np.asarray(
        cv2.remap(image, x + across * pull, y + down * pull, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def rustle(image: RGB, rng: np.random.Generator) -> RGB:
    """Leaves, water, redrawn fine texture: short waves of displacement in some places."""
    where = (make_waves(image, rng, 4) > rng.uniform(-1.5, 0.8)).astype(np.float32)
    cells = int(max(image.shape[:2]) / rng.uniform(6, 20))
    return displace(image, rng, cells, float(rng.uniform(0.4, 1.8)), cv2.blur(where, (31, 31)))


def displace(image: RGB, rng: np.random.Generator, cells: int, pixels: float, where: Field | None = None) -> RGB:
    """Move every pixel by about `pixels` along waves, `cells` of them on each side, weighed by `where`, 0..1."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = (make_waves(image, rng, cells) * pixels for _ in range(2))
    if where is not None:
        across, down = across * where, down * where
    return np.asarray(cv2.remap(image, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
