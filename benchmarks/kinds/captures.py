"""Second captures of one scene: light, weather, lens, scanner. Written apart from `training`, whose head they test.

The ranges were chosen by eye, not measured.
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from imgdiff.images import RGB
from training.nuisances import jpeg

Capture = Callable[[RGB, np.random.Generator], RGB]
_GREEN_SEASON = np.array([[0.75, 0.45, 0.0], [0.35, 0.6, 0.0], [0.2, 0.1, 0.6]])  # leaves and grass to brown


def _to_levels(values: np.ndarray) -> RGB:
    return np.rint(values.clip(0, 255)).astype(np.uint8)


def _field(image: RGB, rng: np.random.Generator, cells: int) -> np.ndarray:
    """A smooth field of 0..1, (height, width, 1)."""
    grid = rng.random((cells, cells)).astype(np.float32)
    return cv2.resize(grid, image.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)[..., None]


def expose(image: RGB, rng: np.random.Generator) -> RGB:
    """Another exposure and white balance."""
    return _to_levels(image * rng.uniform(0.65, 1.35) * rng.uniform(0.92, 1.08, 3))


def cast_shadows(image: RGB, rng: np.random.Generator) -> RGB:
    """The crown of a tree and a straight wall throw shadows with soft edges."""
    height, width = image.shape[:2]
    shadow = np.zeros((height, width), np.uint8)
    centre = rng.uniform(0.2, 0.8, 2) * (width, height)
    for _ in range(40):
        at = centre + rng.normal(0, 0.1, 2) * width
        cv2.circle(shadow, at.astype(int).tolist(), int(rng.uniform(0.01, 0.05) * width), 255, -1)
    edge = int(rng.uniform(0.2, 0.8) * width)
    lean = int(rng.uniform(-0.3, 0.3) * width)
    cv2.fillPoly(
        shadow,
        [np.array([[edge, 0], [edge + width // 5, 0], [edge + width // 5 + lean, height], [edge + lean, height]])],
        255,
    )
    soft = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(2, 6)).astype(np.float32)[..., None] / 255
    return _to_levels(image * (1 - soft * (1 - rng.uniform(0.45, 0.65) * np.array([0.94, 1.0, 1.08]))))


def rain(image: RGB, rng: np.random.Generator) -> RGB:
    """Streaks of one direction, and duller light."""
    return _to_levels(image * 0.85 + _streaks(image, rng, 700, int(rng.integers(12, 28))) * 90)


def snow(image: RGB, rng: np.random.Generator) -> RGB:
    """Falling flakes, and haze."""
    flakes = _streaks(image, rng, 500, 3)
    return _to_levels((image * 0.85 + 30) * (1 - flakes) + 250 * flakes)


def _streaks(image: RGB, rng: np.random.Generator, count: int, length: int) -> np.ndarray:
    layer = np.zeros(image.shape[:2], np.uint8)
    lean = rng.uniform(-0.4, 0.4) * length
    for x, y in rng.random((count, 2)) * image.shape[1::-1]:
        cv2.line(layer, (int(x), int(y)), (int(x + lean), int(y + length)), 255, int(rng.integers(1, 3)))
    return cv2.GaussianBlur(layer, (0, 0), 0.8).astype(np.float32)[..., None] / 255


def fog(image: RGB, rng: np.random.Generator) -> RGB:
    """Thicker towards the top, uneven."""
    height = image.shape[0]
    far = np.linspace(rng.uniform(0.5, 0.75), 0.15, height, dtype=np.float32)[:, None, None]
    thick = (far * (0.7 + 0.6 * _field(image, rng, 4))).clip(0, 0.9)
    return _to_levels(image * (1 - thick) + 205 * thick)


def autumn(image: RGB, rng: np.random.Generator) -> RGB:
    """What is green turns brown."""
    values = image.astype(np.float32)
    green = ((values[..., 1] - values[..., [0, 2]].max(axis=2)) / 25).clip(0, 1)[..., None]
    return _to_levels(values * (1 - green) + values @ _GREEN_SEASON.T * green * rng.uniform(0.9, 1.2))


def distort(image: RGB, rng: np.random.Generator) -> RGB:
    """Barrel or pincushion distortion of a lens."""
    height, width = image.shape[:2]
    strength = rng.uniform(0.03, 0.08) * rng.choice([-1, 1])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = (x - width / 2) / (width / 2), (y - height / 2) / (width / 2)
    factor = 1 + strength * (across**2 + down**2)
    mapped = (across * factor + 1) * width / 2, down * factor * width / 2 + height / 2
    return np.asarray(
        cv2.remap(image, *(one.astype(np.float32) for one in mapped), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def defocus(image: RGB, rng: np.random.Generator) -> RGB:
    """The disc of a lens out of focus."""
    radius = int(rng.integers(2, 5))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    return np.asarray(cv2.filter2D(image, -1, disc / disc.sum()))


def remove_colour(image: RGB, _: np.random.Generator) -> RGB:
    """Grey by luma."""
    return np.asarray(Image.fromarray(image).convert("L").convert("RGB"))


def reduce_palette(image: RGB, _: np.random.Generator) -> RGB:
    """64 colours, dithered."""
    return np.asarray(Image.fromarray(image).quantize(64).convert("RGB"))


def add_grain(image: RGB, rng: np.random.Generator) -> RGB:
    """Grain of a high ISO."""
    return _to_levels(image + rng.normal(0, rng.uniform(6, 12), image.shape))


def capture_again(image: RGB, rng: np.random.Generator) -> RGB:
    """Half a pixel aside, a little grain, another JPEG."""
    matrix = np.array([[1, 0, rng.uniform(-0.7, 0.7)], [0, 1, rng.uniform(-0.7, 0.7)]], np.float32)
    moved = cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return jpeg(80)(_to_levels(moved + rng.normal(0, 2, image.shape)))


def scan(image: RGB, rng: np.random.Generator) -> RGB:
    """A scanner: turned by up to a third of a degree, soft, grey paper, grain, JPEG."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-0.3, 0.3), 1)
    turned = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(turned, (0, 0), rng.uniform(0.5, 0.8)).astype(np.float32)
    paper = 18 + soft * rng.uniform(0.86, 0.92) * np.array([1.0, 0.99, 0.96])
    return jpeg(80)(_to_levels(paper + rng.normal(0, 3, image.shape)))
