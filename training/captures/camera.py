"""What a camera and a codec do: focus, grain, sharpening, colour, compression."""

import cv2
import numpy as np

from imgdiff.images import RGB
from training.captures.fields import soften as blur_mask
from training.captures.fields import to_levels
from training.captures.light import expose_little
from training.captures.motion import displace


def add_grain(image: RGB, rng: np.random.Generator) -> RGB:
    """Noise of a sensor."""
    return to_levels(image + rng.normal(0, rng.uniform(1.5, 9), image.shape))


def soften(image: RGB, rng: np.random.Generator) -> RGB:
    """A little out of focus everywhere."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.4))))


def defocus(image: RGB, rng: np.random.Generator) -> RGB:
    """Out of focus on one side of a soft border: another depth of field."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    side = (np.cos(angle) * x + np.sin(angle) * y > rng.uniform(-0.5, 0.5)).astype(np.float32)
    share = blur_mask(side, max(height, width) / 12)[..., None]
    soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.8, 3.0)))
    return to_levels(image * (1 - share) + soft * share)


def sharpen(image: RGB, rng: np.random.Generator) -> RGB:
    """Unsharp masking."""
    soft = cv2.GaussianBlur(image, (0, 0), 1.2).astype(np.float32)
    return to_levels(image + rng.uniform(0.3, 1.2) * (image - soft))


def rescale(image: RGB, rng: np.random.Generator) -> RGB:
    """Through a smaller size and back."""
    factor = float(rng.uniform(0.45, 0.9))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ways = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=ways[int(rng.integers(2))]))


def redraw(image: RGB, rng: np.random.Generator) -> RGB:
    """What a generative model does to what it keeps: fine texture redrawn, tone shifted a little."""
    smooth = cv2.bilateralFilter(image, 7, float(rng.uniform(15, 45)), 5)
    share = float(rng.uniform(0.3, 1.0))
    mixed = to_levels(image * (1 - share) + smooth.astype(np.float32) * share)
    return expose_little(displace(mixed, rng, max(image.shape[:2]) // 12, float(rng.uniform(0.2, 0.9))), rng)


def vignette(image: RGB, rng: np.random.Generator) -> RGB:
    """Corners darker."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return to_levels(image * (1 - rng.uniform(0.15, 0.4) * (x * x + y * y) / 2)[..., None])


def remove_colour(image: RGB, rng: np.random.Generator) -> RGB:
    """Some or all of the colour."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    share = 1.0 if rng.random() < 0.7 else float(rng.uniform(0.4, 1.0))
    return to_levels(image * (1 - share) + grey * share)


def reduce_palette(image: RGB, rng: np.random.Generator) -> RGB:
    """Few levels a channel, as a palette image has."""
    levels = int(rng.integers(6, 20))
    return to_levels(np.rint(image / 255 * levels) * 255 / levels)


def encode(image: RGB, rng: np.random.Generator) -> RGB:
    """Through JPEG."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
