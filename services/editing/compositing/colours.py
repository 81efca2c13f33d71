"""The eleven basic colour terms (Berlin and Kay, 1969), and painting an object in one of them."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats
from services.imaging.colours import to_lab, to_rgb

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
_LIGHTNESS_PULL = 0.7
_CLUSTERS, _SHADING = 4, 0.3
_MUCH = 0.45
_THE_SAME, _ANOTHER = 14.0, 30.0  # Lab units from the main colour, lightness weighted as shading


def rgb_of(lab: Floats) -> RGB:
    """The picture of Lab values, clipped to what a screen shows."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def painted(image: RGB, mask: Flags, colour: str) -> RGB:
    """The object in the colour, with its own shading and highlights; pixels outside the mask are untouched.

    Where much of it has one colour, what has another (a label, windows, wheels) keeps that.
    """
    aim = _aim(colour)
    lab = to_lab(image)
    strength = main(lab, mask)
    if float((strength[mask] > 0.5).mean()) < _MUCH:
        strength = mask.astype(np.float32)
    lightness = lab[..., 0]
    middle = float(np.median(lightness[strength > 0.5])) if (strength > 0.5).any() else float(lightness[mask].mean())
    shaded = lightness + _LIGHTNESS_PULL * (aim[0] - middle)
    squeezed = np.where(
        shaded < 8, 8 * np.exp((shaded - 8) / 8), np.where(shaded > 92, 100 - 8 * np.exp((92 - shaded) / 8), shaded)
    )
    glossy = np.clip((lightness - 90) / 10, 0, 1)  # a highlight keeps the light's colour
    lab[..., 0] = squeezed * (1 - glossy) + lightness * glossy
    saturated = np.clip(0.4 + lightness / 60, 0, 1) * (1 - glossy)  # deep shadows have little colour
    lab[..., 1:] = aim[1:] * saturated[..., None] + lab[..., 1:] * glossy[..., None]
    soft = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) * mask * strength)[..., None]
    mixed = image + soft * (to_rgb(lab).astype(np.float32) - image)
    return np.asarray(np.where(mask[..., None], np.rint(mixed), image), np.uint8)


def main(lab: Floats, mask: Flags) -> Floats:
    """How far each pixel has the main colour of the masked ones, 0..1 (H x W), outside the mask 0.

    The main colour is that of the largest of a few clusters; shading changes lightness, so that counts less than hue.
    """
    weights = np.array([_SHADING, 1, 1], np.float32)
    colours = np.ascontiguousarray(lab[mask] * weights)
    count = min(_CLUSTERS, len(colours))
    cv2.setRNGSeed(0)  # clusters start at random
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    start = np.zeros((len(colours), 1), np.int32)
    _, labels, centres = cv2.kmeans(colours, count, start, stop, 2, cv2.KMEANS_PP_CENTERS)
    middle = centres[np.bincount(labels.ravel(), minlength=count).argmax()]
    away = np.linalg.norm(lab * weights - middle, axis=2)
    alike = np.clip((_ANOTHER - away) / (_ANOTHER - _THE_SAME), 0, 1).astype(np.float32)
    near, total = (cv2.GaussianBlur(one.astype(np.float32), (0, 0), 1.0) for one in (alike * mask, mask))
    return np.asarray(near / np.maximum(total, 1e-6) * mask, np.float32)


def distance(image: RGB, mask: Flags, colour: str) -> float:
    """Mean Lab distance of the masked pixels from the colour; 2 is just visible, 25 another colour."""
    return float(np.linalg.norm(to_lab(image)[mask] - _aim(colour), axis=1).mean())


def shift(image1: RGB, image2: RGB, mask: Flags) -> float:
    """Mean Lab distance between two images inside the mask."""
    return float(np.linalg.norm(to_lab(image1)[mask] - to_lab(image2)[mask], axis=1).mean())


def _aim(colour: str) -> Floats:
    return np.asarray(to_lab(np.array([[PAINTS[colour]]], np.uint8))[0, 0], np.float32)
