"""Brighter, darker, under a colour cast, in duller or stronger colours: the middle of the differences of all pixels."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.detection.whole_pair.chromaticity import measure_chromaticity
from services.detection.whole_pair.statements import state_brightness
from services.imaging.arrays import Flags, Floats
from services.imaging.resizing import fit_within

# Chosen, not measured apart; a camera's own control leaves about half of what is stated between two captures.
_STATED, _CAMERA = 4.0, 35.0  # units of Lab lightness that a person sees, and that exposure changes at most
_CAST_STATED, _CAST_CAMERA = 0.08, 0.5  # natural logarithms of the ratio of two channels: of white balance
_COHERENT = 0.6  # length of the middle shift to the middle length, below which colours move in no one direction
_COLOURED = 0.1  # least spread of chromaticity in which a saturation can be read
_LINEAR = 0.7  # share of image2's spread of colours that one factor must explain
_DULLER, _CAMERA_DULLER = 0.7, 0.45  # factor (or its inverse) that is stated, and that haze or a camera reaches
_CASTS = (
    *("redder", "warmer", "yellower", "yellower and greener", "greener", "greener"),
    *("bluer and greener", "cooler", "bluer", "more purple", "more purple", "pinker"),
)  # every 30 degrees of hue from red on
_SIDE = 256  # pixels of the longer side at which it is measured


def describe_exposure(image1: RGB, image2: RGB, valid: Flags) -> Iterator[PairChange]:
    """Changes of brightness and of colour; image2 (in its own light) is on image1's grid, seen where `valid`."""
    size = fit_within(image1.shape, _SIDE)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if not seen.any():
        return
    small1, small2 = (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32) for image in (image1, image2)
    )
    light1, light2 = (cv2.cvtColor(small / 255, cv2.COLOR_RGB2LAB)[..., 0] for small in (small1, small2))
    lighter = float(np.median((light2 - light1)[seen]))
    if abs(lighter) >= _STATED:
        yield state_brightness(lighter, harmless=abs(lighter) <= _CAMERA)
    colours1, colours2 = (measure_chromaticity(small)[seen] for small in (small1, small2))
    saturation = _measure_saturation(colours1, colours2)
    yield from _describe_cast(colours2 - saturation * colours1)
    if saturation != 1:
        harmless = _CAMERA_DULLER <= saturation <= 1 / _CAMERA_DULLER
        text = f"The colours of image 2 are {'duller' if saturation < 1 else 'stronger'}."
        yield PairChange(kind=PairChangeKind.COLOURS, value=round(saturation, 2), harmless=harmless, text=text)


def _describe_cast(shift: Floats) -> Iterator[PairChange]:
    """A shift of all colours (N, 2) in one direction."""
    redder, bluer = (float(value) for value in np.median(shift, axis=0))
    cast = float(np.hypot(redder, bluer))
    if cast < _CAST_STATED or cast < _COHERENT * float(np.median(np.hypot(shift[:, 0], shift[:, 1]))):
        return
    text = f"The colours of image 2 are {_name_cast(redder, bluer)}."
    yield PairChange(kind=PairChangeKind.COLOUR_CAST, value=round(cast, 2), harmless=cast <= _CAST_CAMERA, text=text)


def _measure_saturation(colours1: Floats, colours2: Floats) -> float:
    """By how much colours (N, 2) lie farther from grey in image2; 1 where that is little or no rule for all."""
    centred1, centred2 = (colours - np.median(colours, axis=0) for colours in (colours1, colours2))
    both, own1, own2 = (float(each.sum()) for each in (centred1 * centred2, centred1**2, centred2**2))
    if own1 < len(colours1) * _COLOURED**2 or both * both < _LINEAR * own1 * own2:
        return 1.0
    return 1.0 if _DULLER < both / own1 < 1 / _DULLER else both / own1


def _name_cast(redder: float, bluer: float) -> str:
    """The direction by its hue: red at 0 degrees, green at 120, blue at 240."""
    red, green, blue = redder, 0.0, bluer
    hue = math.degrees(math.atan2(math.sqrt(3) / 2 * (green - blue), red - (green + blue) / 2))
    return _CASTS[round(hue / 30) % len(_CASTS)]
