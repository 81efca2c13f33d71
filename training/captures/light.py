"""Light that changes and no thing with it: exposure, the sun elsewhere, cast shadows, another sky, dusk."""

import cv2
import numpy as np
from skimage.segmentation import felzenszwalb

from imgdiff.images import RGB
from training.captures.fields import Field, make_clouds, make_waves, soften, to_levels

_SEGMENTED = 200  # pixels of the longer side at which surfaces are found
_SKY = 6.0  # grey levels of gradient below which a pixel may be sky
_LEAST_SKY = 0.04  # share of the image


def expose(image: RGB, rng: np.random.Generator) -> RGB:
    """Another exposure, gamma and white balance."""
    gain, offset, gamma = rng.uniform(0.75, 1.3), rng.uniform(-12, 12), np.exp(rng.uniform(-0.35, 0.35))
    white = rng.uniform(0.93, 1.07, 3)
    return to_levels((image / 255.0) ** gamma * 255 * gain * white + offset)


def expose_little(image: RGB, rng: np.random.Generator) -> RGB:
    """Gain and offset of a few percent."""
    return to_levels(image * rng.uniform(0.95, 1.05, 3) + rng.uniform(-5, 5))


def expose_much(image: RGB, rng: np.random.Generator) -> RGB:
    """One to two stops more or less, so that bright or dark places clip."""
    gain = np.exp(rng.choice([-1, 1]) * rng.uniform(0.3, 1.1))
    white = np.exp(rng.normal(0, 0.08, 3))
    return to_levels((image / 255.0) ** np.exp(rng.uniform(-0.4, 0.4)) * 255 * gain * white)


def dusk(image: RGB, rng: np.random.Generator) -> RGB:
    """Little light, a cast, grain, lit lamps."""
    cast = np.array([1.1, 0.95, 0.8]) if rng.random() < 0.5 else np.array([0.8, 0.95, 1.15])
    dark = (image / 255.0) ** rng.uniform(1.0, 1.6) * 255 * rng.uniform(0.25, 0.6) * cast
    glow = np.zeros(image.shape[:2], np.float32)
    for _ in range(int(rng.integers(0, 9))):
        place = int(rng.integers(image.shape[1])), int(rng.integers(image.shape[0]))
        cv2.circle(glow, place, int(rng.integers(1, 4)), 255.0, -1)
    light = soften(glow, float(rng.uniform(1, 3)))[..., None] * np.array([1.0, 0.9, 0.7])
    return to_levels(dark + 1.5 * light + rng.normal(0, rng.uniform(1, 7), image.shape))


def relight(image: RGB, rng: np.random.Generator) -> RGB:
    """Light from another direction: a strong smooth field."""
    field = 1 + rng.uniform(0.1, 0.35) * make_waves(image, rng, int(rng.integers(2, 5)))
    return to_levels(image * field.clip(0.4, 1.7)[..., None] * rng.uniform(0.88, 1.12, 3))


def turn_sun(image: RGB, rng: np.random.Generator) -> RGB:
    """The sun elsewhere: each surface gets a gain of its own, warm where it is lit and cool where it is not."""
    height, width = image.shape[:2]
    scale = _SEGMENTED / max(height, width)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    labels = felzenszwalb(  # type: ignore[no-untyped-call]
        small, scale=float(rng.uniform(60, 500)), sigma=0.8, min_size=int(rng.integers(12, 60))
    )
    gains = rng.normal(0, rng.uniform(0.12, 0.5), labels.max() + 1) * (
        rng.random(labels.max() + 1) < rng.uniform(0.3, 1)
    )
    field = cv2.resize(gains[labels].astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    field = soften(field, float(rng.uniform(0.5, 4))).clip(-1.2, 0.9)
    warm = np.exp(field[..., None] * (1 + rng.uniform(0, 0.25) * np.array([1.0, 0.0, -1.0])))
    return to_levels(image * warm)


def cast_shadows(image: RGB, rng: np.random.Generator) -> RGB:
    """Shadows of things outside the image: polygons with soft borders."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        centre = rng.uniform(0, 1, 2) * (width, height)
        corners = centre + rng.normal(0, 0.22, (int(rng.integers(3, 7)), 2)) * max(width, height)
        cv2.fillPoly(layer, [cv2.convexHull(corners.astype(np.int32))], 255)
    return _darken(image, layer.astype(np.float32) / 255, rng, float(rng.uniform(0.6, 12)))


def cast_shadows_of_buildings(image: RGB, rng: np.random.Generator) -> RGB:
    """Long bars and steps with sharp borders, all in one direction; sometimes light between shadows."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    along = np.array([np.cos(angle := rng.uniform(0, np.pi)), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    for _ in range(int(rng.integers(1, 6))):
        start = rng.uniform(0, 1, 2) * (width, height)
        long, thick = rng.uniform(0.2, 1.5) * max(width, height), rng.uniform(0.01, 0.3) * max(width, height)
        corners = (start, start + along * long, start + along * long + across * thick, start + across * thick)
        cv2.fillPoly(layer, [np.array(corners, np.int32)], 255)
    if rng.random() < 0.3:
        layer = 255 - layer
    return _darken(image, layer.astype(np.float32) / 255, rng, float(rng.uniform(0.5, 3)))


def dapple(image: RGB, rng: np.random.Generator) -> RGB:
    """Shadows of trees: spots of light over a part of the image."""
    spots = make_clouds(image, rng, int(rng.integers(4, 24)), octaves=4) > rng.uniform(0.35, 0.65)
    where = make_waves(image, rng, 3) > rng.uniform(-0.8, 0.8)
    return _darken(image, (spots & where).astype(np.float32), rng, float(rng.uniform(0.6, 4)))


def redraw_sky(image: RGB, rng: np.random.Generator) -> RGB:
    """Other clouds where the image shows sky, if it shows any."""
    sky = find_sky(image)
    if sky.mean() < _LEAST_SKY:
        return image
    clear = np.array([rng.uniform(60, 190), rng.uniform(110, 215), rng.uniform(150, 255)])
    white = np.full(3, rng.uniform(90, 255)) * np.array([1.0, rng.uniform(0.8, 1), rng.uniform(0.6, 1)])
    share = make_clouds(image, rng, int(rng.integers(2, 8)))[..., None]
    share = ((share - rng.uniform(0, 0.7)) * rng.uniform(1, 4)).clip(0, 1)
    keep = float(rng.uniform(0, 0.4))
    other = (clear * (1 - share) + white * share) * (1 - keep) + image * keep
    soft = soften(sky, 1.5)[..., None]
    return to_levels(image * (1 - soft) + other * soft)


def find_sky(image: RGB) -> Field:
    """Height x width, 0 or 1: smooth and bright pixels that reach the upper border."""
    grey = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 2), cv2.COLOR_RGB2GRAY)
    slope = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    smooth = ((slope < _SKY) & (grey > 70)).astype(np.uint8)
    _, labels = cv2.connectedComponents(smooth)
    reached = np.setdiff1d(np.unique(labels[:3]), [0])
    return np.isin(labels, reached).astype(np.float32)


def _darken(image: RGB, shadow: Field, rng: np.random.Generator, soft: float) -> RGB:
    """Less light inside a shadow, and cooler, since the sky still lights it."""
    share = soften(shadow, soft)[..., None]
    dark = rng.uniform(0.3, 0.85) * (1 + rng.uniform(0, 0.12) * np.array([-1.0, 0.0, 1.0]))
    return to_levels(image * (1 - share * (1 - dark)))
