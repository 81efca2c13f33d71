"""The eleven basic colour terms (Berlin and Kay, 1969), and painting an object in one of them."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.embedded.masks import Flags
from services.embedded.pixels import Floats, lab_of

COLOURS = {
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
_SPELLINGS = {"gray": "grey", "violet": "purple"}
_LIGHTNESS_PULL = 0.7


def colour_of(word: str) -> str | None:
    """The basic colour that a word names; None for others."""
    plain = word.strip().lower()
    known = _SPELLINGS.get(plain, plain)
    return known if known in COLOURS else None


def rgb_of(lab: Floats) -> RGB:
    """The picture of Lab values, clipped to what a screen shows."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def painted(image: RGB, mask: Flags, colour: str) -> RGB:
    """The masked pixels in the colour, with their own shading and highlights; the others are untouched."""
    aim = _aim(colour)
    lab = lab_of(image)
    lightness = lab[..., 0]
    middle = float(np.median(lightness[mask]))
    shaded = lightness + _LIGHTNESS_PULL * (aim[0] - middle)
    squeezed = np.where(
        shaded < 8, 8 * np.exp((shaded - 8) / 8), np.where(shaded > 92, 100 - 8 * np.exp((92 - shaded) / 8), shaded)
    )
    glossy = np.clip((lightness - 90) / 10, 0, 1)  # a highlight keeps the light's colour
    lab[..., 0] = squeezed * (1 - glossy) + lightness * glossy
    strength = np.clip(0.4 + lightness / 60, 0, 1) * (1 - glossy)  # deep shadows have little colour
    lab[..., 1:] = aim[1:] * strength[..., None] + lab[..., 1:] * glossy[..., None]
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)[..., None] * mask[..., None]
    mixed = image + soft * (rgb_of(lab).astype(np.float32) - image)
    return np.asarray(np.where(mask[..., None], np.rint(mixed), image), np.uint8)


def distance(image: RGB, mask: Flags, colour: str) -> float:
    """Mean Lab distance of the masked pixels from the colour; 2 is just visible, 25 another colour."""
    return float(np.linalg.norm(lab_of(image)[mask] - _aim(colour), axis=1).mean())


def shift(image1: RGB, image2: RGB, mask: Flags) -> float:
    """Mean Lab distance between two images inside the mask."""
    return float(np.linalg.norm(lab_of(image1)[mask] - lab_of(image2)[mask], axis=1).mean())


def _aim(colour: str) -> Floats:
    return np.asarray(lab_of(np.array([[COLOURS[colour]]], np.uint8))[0, 0], np.float32)
