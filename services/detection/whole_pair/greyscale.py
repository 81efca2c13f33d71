"""One image in colour, the other without or in a single tone: stated, and both are compared without colour."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.imaging.arrays import Flags
from services.imaging.resizing import fit_within

# Chosen, not measured: JPEG and a sensor's noise leave a grey picture within six levels.
_GREY, _GREY_SHARE = 6, 0.995  # grey levels between the channels of a grey pixel, and the share of such pixels
_COLOURFUL, _COLOURFUL_SHARE = 24, 0.02  # the same of a coloured pixel
_LUMA, _LUMA_SHARE = 20, 0.7  # grey levels within which luma stays where colour is lost, and the share of such pixels
_STEP = 8  # grey levels of luma that share one tone
_HUES_SHARE = 0.1  # of pixels whose colour their brightness does not tell, from which an image has hues to lose
_TONED_SHARE, _CORRELATED = 0.9, 0.95  # share of pixels in one tone; correlation of luma between the versions
_SIDE = 256  # pixels of the longer side at which it is measured


def describe_colour_loss(image1: RGB, image2: RGB) -> Iterator[PairChange]:
    """The change from colour to grey levels or back, where the brightness of what had colour stays."""
    size = fit_within(image1.shape, _SIDE)
    small1, small2 = (
        np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.uint8) for one in (image1, image2)
    )
    spread1, spread2 = (one.max(axis=2).astype(np.int16) - one.min(axis=2) for one in (small1, small2))
    if _is_grey(spread2) and _keeps_luma(small1, small2, spread1 >= _COLOURFUL):
        text = "Image 2 is a black-and-white version of image 1."
    elif _is_grey(spread1) and _keeps_luma(small1, small2, spread2 >= _COLOURFUL):
        text = "Image 2 is a version of image 1 in colour; image 1 is black and white."
    elif (toned := _find_toned(small1, small2)) is not None:
        in_tone = "Image 2 is a version of image 1 in a single tone."
        text = in_tone if toned == 2 else "Image 2 is a version of image 1 in colour; image 1 has a single tone."
    else:
        return
    yield PairChange(kind=PairChangeKind.GREYSCALE, harmless=False, text=text)


def remove_colour(image: RGB) -> RGB:
    """The same luma without colour."""
    return np.asarray(cv2.cvtColor(_to_luma(image), cv2.COLOR_GRAY2RGB), np.uint8)


def _is_grey(spread: NDArray[np.int16]) -> bool:
    return float((spread <= _GREY).mean()) >= _GREY_SHARE


def _find_toned(image1: RGB, image2: RGB) -> int | None:
    """Which image, 1 or 2, alone has colours that follow from brightness; null where neither has, or both."""
    hues1, hues2 = _measure_hues(image1), _measure_hues(image2)
    for number, hues, left in ((2, hues1, hues2), (1, hues2, hues1)):
        coloured = hues >= _COLOURFUL
        if coloured.mean() >= _HUES_SHARE and (left <= _GREY).mean() >= _TONED_SHARE:
            lost = (left[coloured] <= _GREY).mean() >= _TONED_SHARE
            return number if lost and _follows_luma(image1, image2) else None
    return None


def _measure_hues(image: RGB) -> NDArray[np.float64]:
    """Grey levels by which each pixel's tint misses the one that is usual at its brightness."""
    pixels = image.reshape(-1, 3).astype(np.float32)
    level = _to_luma(image).ravel() // _STEP
    sums = np.stack([np.bincount(level, weights=pixels[:, k], minlength=256 // _STEP) for k in range(3)], axis=1)
    means = sums / np.maximum(np.bincount(level, minlength=256 // _STEP), 1)[:, None]
    tint, expected = pixels - pixels.mean(axis=1, keepdims=True), means - means.mean(axis=1, keepdims=True)
    return np.asarray(np.abs(tint - expected[level]).max(axis=1), np.float64)


def _follows_luma(image1: RGB, image2: RGB) -> bool:
    luma1, luma2 = (_to_luma(image).ravel().astype(np.float32) for image in (image1, image2))
    if min(luma1.std(), luma2.std()) < _STEP:
        return False
    return float(np.corrcoef(luma1, luma2)[0, 1]) >= _CORRELATED


def _keeps_luma(image1: RGB, image2: RGB, coloured: Flags) -> bool:
    if coloured.mean() < _COLOURFUL_SHARE:
        return False
    kept = cv2.absdiff(_to_luma(image1), _to_luma(image2))[coloured] <= _LUMA
    return float(kept.mean()) >= _LUMA_SHARE


def _to_luma(image: RGB) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
