"""Other light or weather: differences over wide areas that one tone curve of a camera does not explain."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.detection.limits import OTHER_LIGHT
from services.detection.whole_pair.chromaticity import measure_chromaticity
from services.imaging.arrays import Flags, Floats
from services.imaging.resizing import fit_within

_SIDE = 224  # pixels of the longer side, since light changes slowly
_SMOOTH = 3.0  # sigma in those pixels, over which things average out
_LEVELS = 32  # steps of the tone curve
_LIGHTER = 16.0  # Lab units of lightness that the curve leaves; chosen, not measured
_COLOURED = 0.35  # natural logarithm of the ratio of two channels: snow to grass exceeds it; chosen, not measured


def describe_light(image1: RGB, image2: RGB, valid: Flags, *, by_colour: bool = True) -> PairChange | None:
    """The statement that light or weather differs; both images on one grid, image2 in its own light.

    `by_colour` is false where the colours of one image are toned as a whole, which is no light.
    """
    size = fit_within(image1.shape, _SIDE)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if not seen.any():
        return None
    small1, small2 = (_shrink(image, size) for image in (image1, image2))
    light1, light2 = (_to_lightness(small) for small in (small1, small2))
    lighter = np.abs(light1 - _fit_tone(light1, light2, seen)) > _LIGHTER
    shift = measure_chromaticity(small1) - measure_chromaticity(small2)
    coloured = np.hypot(shift[..., 0], shift[..., 1]) > _COLOURED
    share = float((lighter | coloured if by_colour else lighter)[seen].mean())
    if share < OTHER_LIGHT:
        return None
    text = "The light or the weather differs between the two images."
    return PairChange(kind=PairChangeKind.WEATHER, value=round(share, 3), harmless=True, text=text)


def _to_lightness(image: Floats) -> Floats:
    """Lab lightness, 0..100."""
    return np.asarray(cv2.cvtColor(image / 255, cv2.COLOR_RGB2LAB)[..., 0], np.float32)


def _shrink(image: RGB, size: tuple[int, int]) -> Floats:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _SMOOTH), np.float32)


def _fit_tone(target: Floats, source: Floats, seen: Flags) -> Floats:
    """The source's lightness through the rising curve that takes its levels to the target's medians there."""
    edges = np.quantile(source[seen], np.linspace(0, 1, _LEVELS + 1))
    bins = np.clip(np.searchsorted(edges, source[seen], side="right") - 1, 0, _LEVELS - 1)
    filled = [level for level in range(_LEVELS) if (bins == level).any()]
    levels = [float(np.median(source[seen][bins == level])) for level in filled]
    medians = np.maximum.accumulate([float(np.median(target[seen][bins == level])) for level in filled])
    return np.asarray(np.interp(source, levels, medians), np.float32)
