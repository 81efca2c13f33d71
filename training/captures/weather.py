"""Weather and season that change and no thing with them: rain, snow, fog, wet ground, leaves, drops on the lens."""

import cv2
import numpy as np

from imgdiff.images import RGB
from training.captures.fields import make_clouds, make_waves, soften, to_levels

_GREEN = 25, 95  # OpenCV's hues (0..179) of leaves and grass


def rain(image: RGB, rng: np.random.Generator) -> RGB:
    """Streaks everywhere in one direction, under a grey sky."""
    streaks = _sprinkle(image, rng, float(rng.uniform(0.002, 0.02)), 1)
    length = int(rng.integers(7, 35))
    kernel = np.zeros((length, length), np.float32)
    lean = int(rng.integers(-length // 3, length // 3 + 1))
    cv2.line(kernel, (length // 2 - lean, 0), (length // 2 + lean, length - 1), 1.0, 1)
    share = (cv2.filter2D(streaks, -1, kernel / kernel.sum() * 4).clip(0, 1) * rng.uniform(0.2, 0.7))[..., None]
    grey = image.mean(axis=2, keepdims=True) * 0.3 + image * 0.7 * rng.uniform(0.75, 1.0)
    return to_levels(grey * (1 - share) + 215 * share)


def let_snow(image: RGB, rng: np.random.Generator) -> RGB:
    """Flakes of several sizes in the air."""
    share = np.zeros(image.shape[:2], np.float32)
    for size in (1, 2, int(rng.integers(3, 7))):
        flakes = _sprinkle(image, rng, float(rng.uniform(0.0005, 0.006)) / size, size)
        share = np.maximum(share, soften(flakes, size / 2))
    soft = (share.clip(0, 1) * rng.uniform(0.5, 1.0))[..., None]
    return to_levels(image * (1 - soft) + 245 * soft)


def fog(image: RGB, rng: np.random.Generator) -> RGB:
    """A grey veil, thicker towards one border and in waves."""
    height = image.shape[0]
    depth = np.linspace(1, rng.uniform(0.1, 1.0), height, dtype=np.float32)[:, None]
    veil = (rng.uniform(0.2, 0.75) * depth + 0.12 * make_waves(image, rng, 3)).clip(0, 0.92)[..., None]
    far = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.5)))
    return to_levels(far * (1 - veil) + rng.uniform(150, 240) * veil)


def wet_ground(image: RGB, rng: np.random.Generator) -> RGB:
    """The lower part darker in patches, with a faint mirror image of what stands above."""
    height = image.shape[0]
    ground = (np.linspace(-1, 1, height, dtype=np.float32)[:, None] > rng.uniform(-0.3, 0.6)).astype(np.float32)
    patches = (make_clouds(image, rng, int(rng.integers(2, 7)), 3) > rng.uniform(0.2, 0.7)).astype(np.float32)
    share = soften(ground * patches, 4)[..., None]
    mirror = cv2.GaussianBlur(image[::-1], (0, 0), 4).astype(np.float32)
    shine = float(rng.uniform(0, 0.35))
    return to_levels(image * (1 - share) + share * (image * rng.uniform(0.5, 0.85) * (1 - shine) + mirror * shine))


def cover_with_snow(image: RGB, rng: np.random.Generator) -> RGB:
    """Snow or frost lies on a part of the brighter and smoother surfaces."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 3).astype(np.float32)
    level = (grey - np.quantile(grey, rng.uniform(0.2, 0.7))) / 25
    down = np.linspace(-1, 1, image.shape[0], dtype=np.float32)[:, None]
    share = 1 / (1 + np.exp(-(level + 1.5 * make_waves(image, rng, 6) + 2 * down)))
    share = (share * rng.uniform(0.3, 0.9))[..., None].astype(np.float32)
    white = 200 + 0.2 * image + 8 * make_clouds(image, rng, 32, 3)[..., None]
    return to_levels(image * (1 - share) + white * share)


def change_season(image: RGB, rng: np.random.Generator) -> RGB:
    """Leaves and grass turn brown, yellow, pale or lush."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.float32)
    green = ((hsv[..., 0] > _GREEN[0]) & (hsv[..., 0] < _GREEN[1]) & (hsv[..., 1] > 40)).astype(np.float32)
    share = soften(green, 1.5)[..., None]
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(-35, 15)).clip(0, 179)
    hsv[..., 1] = (hsv[..., 1] * rng.uniform(0.3, 1.4)).clip(0, 255)
    hsv[..., 2] = (hsv[..., 2] * rng.uniform(0.65, 1.35)).clip(0, 255)
    other = cv2.cvtColor(to_levels(hsv), cv2.COLOR_HSV2RGB).astype(np.float32)
    grain = rng.normal(0, rng.uniform(0, 12), image.shape[:2])[..., None]
    return to_levels(image * (1 - share) + (other + grain) * share)


def drop_on_lens(image: RGB, rng: np.random.Generator) -> RGB:
    """Blurred drops on the glass."""
    height, width = image.shape[:2]
    drops = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(2, 25))):
        place = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(drops, place, int(rng.integers(3, max(4, width // 30))), 1.0, -1)
    share = soften(drops, 1.5)[..., None]
    through = cv2.GaussianBlur(image, (0, 0), width / 60).astype(np.float32)
    return to_levels(image * (1 - share) + (0.85 * through + rng.uniform(10, 45)) * share)


def _sprinkle(image: RGB, rng: np.random.Generator, density: float, size: int) -> np.ndarray:
    """Height x width, 0 or 1: points at random, dilated to `size` pixels."""
    points = (rng.random(image.shape[:2]) < density).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(points, kernel).astype(np.float32)
