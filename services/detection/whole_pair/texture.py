"""Blurred or sharpened, noisier, compressed harder: what happened to fine detail on every part of the image."""

from collections.abc import Iterator

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.detection.whole_pair.statements import state_blur, state_compression, state_sharpness
from services.imaging.arrays import Flags, Floats

# Chosen on photos after a blur, noise and JPEG of known strength; see the tests.
_FINE, _COARSE = 1.0, 2.5  # sigmas in pixels: fine detail is below the first, coarse between both
_EDGES = 0.1  # share of pixels with the strongest coarse detail, on which sharpness is read
_LEAST_EDGE = 3.0  # grey levels of that detail, below which an image has no edges to read it on
_BLURRED, _SHARPENED = 0.7, 1.15  # ratio of fine to coarse detail of image2 to image1; half a pixel's shift leaves 0.9
_LOST = 0.5  # the same, below which small changes are lost: a blur of three pixels
_QUIET = 0.3  # share of pixels with the least coarse detail, on which noise is read
_NOISIER, _NOISE_STATED = 2.0, 2.0  # ratio, and grey levels, of one image's noise above the other's
_LEAST_NOISE = 0.3  # grey levels, of rounding, that both are raised by
_TOE = 8.0  # grey levels that both levels are raised by, below which noise does not shrink with light
_AMPLIFIED, _EXPLAINED = 1.4, 0.5  # gain of fine detail that is a filter, and the share of its energy that it explains
_BLOCK = 8  # pixels of a JPEG block
_BLOCKINESS = 0.25  # of the steps at block borders above other steps, by which one image exceeds the other
_SIDE = 1024  # pixels of the middle part that is read


def describe_texture(image1: RGB, image2: RGB, valid: Flags) -> Iterator[PairChange]:
    """Changes of sharpness and noise; both images are on one grid, image2 is seen where `valid`."""
    part = _take_middle(valid.shape)
    seen = cv2.erode(valid[part].astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    grey1, grey2 = (cv2.cvtColor(image[part], cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (image1, image2))
    coarse1, coarse2 = (np.abs(_blur(grey, _FINE) - _blur(grey, _COARSE)) for grey in (grey1, grey2))
    both = np.minimum(coarse1, coarse2)
    if seen.sum() < _SIDE:
        return
    sharpness = [*_describe_sharpness((grey1, grey2), (coarse1, coarse2), both, seen)]
    quiet = seen & (np.maximum(coarse1, coarse2) <= np.quantile(np.maximum(coarse1, coarse2)[seen], _QUIET))
    details = [_filter_detail(grey)[quiet] for grey in (grey1, grey2)]
    brighter = float((grey2[quiet].mean() + _TOE) / (grey1[quiet].mean() + _TOE))
    if not sharpness and (gain := _measure_gain(*details) / max(1.0, brighter)) >= _AMPLIFIED:
        sharpness = [state_sharpness(gain, harmless=True)]
    yield from sharpness
    if all(change.kind is not PairChangeKind.SHARPENED for change in sharpness):
        noise1, noise2 = (_measure_noise(detail) for detail in details)
        yield from _describe_noise(noise1, noise2, brighter)


def describe_compression(image1: RGB, image2: RGB) -> Iterator[PairChange]:
    """A change of JPEG's blocks; both images are as sent, on their own grids."""
    more = _measure_blocks(image2) - _measure_blocks(image1)
    if abs(more) >= _BLOCKINESS:
        yield state_compression(more)


def _describe_sharpness(
    greys: tuple[Floats, Floats], coarse: tuple[Floats, Floats], both: Floats, seen: Flags
) -> Iterator[PairChange]:
    least = max(_LEAST_EDGE, float(np.quantile(both[seen], 1 - _EDGES)))
    edges = seen & (both >= least)
    if edges.sum() < _SIDE:
        return
    detail1, detail2 = (
        float(np.abs(grey - _blur(grey, _FINE))[edges].mean() / band[edges].mean())
        for grey, band in zip(greys, coarse, strict=True)
    )
    ratio = detail2 / max(detail1, 1e-6)
    if _BLURRED < ratio < _SHARPENED:
        return
    sharper = ratio >= _SHARPENED
    yield state_sharpness(ratio, harmless=True) if sharper else state_blur(ratio, harmless=ratio > _LOST)


def _describe_noise(noise1: float, noise2: float, brighter: float) -> Iterator[PairChange]:
    """`brighter` is image2's level to image1's: light scales noise, too, and adds none."""
    ratio = (noise2 + _LEAST_NOISE) / (noise1 + _LEAST_NOISE)
    ratios = ratio, ratio / brighter
    differs = min(ratios) >= _NOISIER or max(ratios) <= 1 / _NOISIER
    if not differs or abs(noise2 - noise1) < _NOISE_STATED:
        return
    text = "Image 2 is noisier." if noise2 > noise1 else "Image 2 has less noise than image 1."
    yield PairChange(kind=PairChangeKind.NOISE, value=round(noise2 - noise1, 1), harmless=True, text=text)


def _filter_detail(grey: Floats) -> Floats:
    """What is finer than two pixels, in grey levels; white noise keeps its standard deviation."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6  # Immerkaer, CVIU 64(2), 1996
    return np.asarray(cv2.filter2D(grey, -1, kernel), np.float32)


def _measure_noise(detail: Floats) -> float:
    """Standard deviation in grey levels, robust against edges."""
    return 1.4826 * float(np.median(np.abs(detail)))


def _measure_gain(detail1: Floats, detail2: Floats) -> float:
    """By how much image2 amplifies image1's fine detail; 0 unless that explains most of image2's."""
    both, own1, own2 = (float(product.sum()) for product in (detail1 * detail2, detail1**2, detail2**2))
    if both <= 0 or both * both < _EXPLAINED * own1 * own2:
        return 0.0
    return both / own1


def _measure_blocks(image: RGB) -> float:
    """How much larger steps at borders of 8 x 8 pixels are than the others, on average over both directions."""
    grey = cv2.cvtColor(image[: 2 * _SIDE, : 2 * _SIDE], cv2.COLOR_RGB2GRAY).astype(np.float32)
    excesses = []
    for steps in (np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0)).T):
        small = np.minimum(steps, 16.0).mean(axis=0)  # edges of things do not count more than blocks
        at_border = np.arange(len(small)) % _BLOCK == _BLOCK - 1
        if len(small) < 2 * _BLOCK:
            return 0.0
        excesses.append(float(small[at_border].mean() / max(small[~at_border].mean(), 0.1)) - 1)
    return sum(excesses) / 2


def _blur(grey: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)


def _take_middle(shape: tuple[int, ...]) -> tuple[slice, slice]:
    starts = [max(0, (length - _SIDE) // 2) for length in shape[:2]]
    return slice(starts[0], starts[0] + _SIDE), slice(starts[1], starts[1] + _SIDE)
