"""Recolouring: an object in one of the eleven basic colours, with its own shading."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats
from services.imaging.colours import to_lab, to_rgb
from services.imaging.masks import grow_mask

PAINTS = {
    "black": (28, 28, 30),
    "blue": (40, 80, 190),
    "brown": (110, 68, 36),
    "green": (40, 150, 60),
    "grey": (128, 128, 128),
    "orange": (235, 130, 30),
    "pink": (240, 140, 180),
    "purple": (120, 50, 150),
    "red": (200, 35, 40),
    "white": (240, 240, 240),
    "yellow": (235, 205, 45),
}
"""A typical sRGB value of every basic term; chosen, not measured."""
# Tried on photos and judged by eye, not measured.
_LIGHTNESS_PULL = 0.7  # share of the way from the object's lightness to the paint's
_DARKEST, _LIGHTEST = 8, 92  # lightness beyond which shading is compressed
_GLOSS = 90  # lightness from which a pixel is a highlight, which keeps the light's colour
_LEAST_SATURATION, _SATURATION_RANGE = 0.4, 60  # of black, and the lightness per unit: shadows have little colour
_CLUSTERS = 4  # of an object's colours
_SHADING = 0.3  # weight of lightness beside hue: shading changes lightness
_MUCH = 0.45  # share of the object that has its main colour, below which the whole object is painted
_RING, _LEAST_RING = 0.15, 6  # of the square root of the object's pixels, and pixels: its surroundings
_BACKGROUND = 12.0  # distance from the main colour in Lab units within which a pixel around the object has it too
_MUCH_AROUND = 0.4  # share of the surroundings that has it
_THE_SAME, _ANOTHER = 14.0, 30.0  # distance from the main colour in Lab units, lightness weighted by _SHADING


def recolour(image: RGB, mask: Flags, colour: str) -> RGB:
    """Paint the object (mask H x W) in a basic colour, keeping shading and highlights; other pixels are untouched.

    Where much of it has one colour, what has another (a label, windows, wheels) stays as it is.
    """
    paint = _lab_of_paint(colour)
    lab = to_lab(image)
    strength = main_colour_share(lab, mask)
    if float((strength[mask] > 0.5).mean()) < _MUCH:
        strength = mask.astype(np.float32)
    lightness = lab[..., 0]
    middle = float(np.median(lightness[strength > 0.5])) if (strength > 0.5).any() else float(lightness[mask].mean())
    glossy = np.clip((lightness - _GLOSS) / (100 - _GLOSS), 0, 1)
    lab[..., 0] = _compress(lightness + _LIGHTNESS_PULL * (paint[0] - middle)) * (1 - glossy) + lightness * glossy
    saturated = np.clip(_LEAST_SATURATION + lightness / _SATURATION_RANGE, 0, 1) * (1 - glossy)
    lab[..., 1:] = paint[1:] * saturated[..., None] + lab[..., 1:] * glossy[..., None]
    soft = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) * mask * strength)[..., None]
    mixed = image + soft * (to_rgb(lab).astype(np.float32) - image)
    return np.asarray(np.where(mask[..., None], np.rint(mixed), image), np.uint8)


def _compress(lightness: Floats) -> Floats:
    """Lightness squeezed into 0..100 near both ends, without a step."""
    dark = _DARKEST * np.exp((lightness - _DARKEST) / _DARKEST)
    light = 100 - _DARKEST * np.exp((_LIGHTEST - lightness) / _DARKEST)
    return np.asarray(np.where(lightness < _DARKEST, dark, np.where(lightness > _LIGHTEST, light, lightness)))


def main_colour_share(lab: Floats, mask: Flags) -> Floats:
    """How far each pixel has the main colour of the masked ones, 0..1 (H x W), outside the mask 0.

    The main colour is the centre of the largest of a few clusters.
    """
    weights = np.array([_SHADING, 1, 1], np.float32)
    colours = np.ascontiguousarray(lab[mask] * weights)
    count = min(_CLUSTERS, len(colours))
    cv2.setRNGSeed(0)  # clusters start at random
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    start = np.zeros((len(colours), 1), np.int32)
    _, labels, centres = cv2.kmeans(colours, count, start, stop, 2, cv2.KMEANS_PP_CENTERS)
    main = centres[np.bincount(labels.ravel(), minlength=count).argmax()]
    away = np.linalg.norm(lab * weights - main, axis=2)
    alike = np.clip((_ANOTHER - away) / (_ANOTHER - _THE_SAME), 0, 1).astype(np.float32)
    near, total = (cv2.GaussianBlur(flags.astype(np.float32), (0, 0), 1.0) for flags in (alike * mask, mask))
    return np.asarray(near / np.maximum(total, 1e-6) * mask, np.float32)


def blends_in(image: RGB, mask: Flags) -> bool:
    """Whether the main colour of the masked pixels is also that of what is around them, so that it may be seen through.

    The outline of a chair's back takes in the wall behind its bars.
    """
    wide = max(_LEAST_RING, round(_RING * float(mask.sum()) ** 0.5))
    ring = grow_mask(mask, wide + 2) & ~grow_mask(mask, 2)
    if not ring.any():
        return False
    lab = to_lab(image)
    inside = main_colour_share(lab, mask) > 0.5
    if not inside.any():
        return False
    away = np.linalg.norm(lab[ring] - np.median(lab[inside], axis=0), axis=1)
    return bool((away < _BACKGROUND).mean() >= _MUCH_AROUND)


def distance_to_colour(image: RGB, mask: Flags, colour: str) -> float:
    """Mean Lab distance of the masked pixels from the paint; 2 is just visible, 25 another colour."""
    return float(np.linalg.norm(to_lab(image)[mask] - _lab_of_paint(colour), axis=1).mean())


def mean_distance(image1: RGB, image2: RGB, mask: Flags) -> float:
    """Mean Lab distance between two images inside the mask."""
    return float(np.linalg.norm(to_lab(image1)[mask] - to_lab(image2)[mask], axis=1).mean())


def _lab_of_paint(colour: str) -> Floats:
    return np.asarray(to_lab(np.array([[PAINTS[colour]]], np.uint8))[0, 0], np.float32)
