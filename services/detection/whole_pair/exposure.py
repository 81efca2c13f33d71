"""Brighter, darker, or under a colour cast: the middle of the differences of all pixels."""

from collections.abc import Iterator

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.pair_changes import PairChange, PairChangeKind
from services.detection.whole_pair.chromaticity import measure_chromaticity
from services.imaging.arrays import Flags
from services.imaging.resizing import fit_within

# Chosen, not measured apart; a camera's own control leaves about half of what is stated between two captures.
_STATED, _CAMERA = 4.0, 35.0  # units of Lab lightness that a person sees, and that exposure changes at most
_CAST_STATED, _CAST_CAMERA = 0.08, 0.5  # natural logarithms of the ratio of two channels: of white balance
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
        text = f"Image 2 is {'brighter' if lighter > 0 else 'darker'}."
        kind = PairChangeKind.BRIGHTNESS
        yield PairChange(kind=kind, value=round(lighter, 1), harmless=abs(lighter) <= _CAMERA, text=text)
    shift = measure_chromaticity(small2) - measure_chromaticity(small1)
    redder, bluer = (float(value) for value in np.median(shift[seen], axis=0))
    cast = float(np.hypot(redder, bluer))
    if cast >= _CAST_STATED:
        text = f"The colours of image 2 are {_name_cast(redder, bluer)}."
        kind = PairChangeKind.COLOUR_CAST
        yield PairChange(kind=kind, value=round(cast, 2), harmless=cast <= _CAST_CAMERA, text=text)


def _name_cast(redder: float, bluer: float) -> str:
    if abs(bluer) >= abs(redder):
        return "bluer" if bluer > 0 else "yellower"
    return "redder" if redder > 0 else "greener"
