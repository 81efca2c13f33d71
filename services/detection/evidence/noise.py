"""How much a pair differs where nothing changed, read from the pair itself.

What a second capture, a resampling or a compression leaves behind grows with local activity (edges, texture), so the
noise is the spread of the difference among pixels of similar activity. An edit stands out against it down to a few
pixels across, where the networks are blind.
"""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats
from services.imaging.channels import take_worst

# Chosen on synthetic pairs, none measured apart.
_SIGMA = 0.7  # pixels of blur: resampling and grain live below it
_BINS = 16  # of activity
_LEAST_PIXELS = 200  # of a bin
_QUANTILE, _AT = 0.8, 1.28  # 80 % of a normal's magnitudes lie below 1.28 sigma; a fifth of a bin may be change
_QUIET = 2.0  # grey levels: rounding and resampling alone make no less


@dataclass(frozen=True)
class Noise:
    """Height x width: `score` in sigmas of the pair's own noise, `difference` in grey levels, the worst channel."""

    score: Floats
    difference: Floats


def measure_noise(image1: RGB, image2: RGB, valid: Flags) -> Noise:
    """Divide every pixel's difference by the spread of the difference where the images are as busy."""
    soft1, soft2 = (cv2.GaussianBlur(image, (0, 0), _SIGMA) for image in (image1, image2))
    difference = take_worst(cv2.absdiff(soft1, soft2))
    activity = np.minimum(_measure_activity(image1), _measure_activity(image2))
    difference[~valid] = 0
    sigma = cv2.LUT(activity, _fit_spread(_count_levels(activity, difference, valid)))
    levels = difference.astype(np.float32)
    return Noise(levels / sigma, levels)


def _measure_activity(image: RGB) -> NDArray[np.uint8]:
    """Grey levels between the darkest and the brightest pixel of the 5 x 5 around each; the worst channel, smoothed."""
    ranges = take_worst(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)))
    return np.asarray(cv2.GaussianBlur(ranges, (0, 0), 2), dtype=np.uint8)


def _count_levels(activity: NDArray[np.uint8], difference: NDArray[np.uint8], valid: Flags) -> NDArray[np.int64]:
    """Pixels by level of activity (rows) and of difference (columns), 256 x 256: both are whole numbers."""
    both = (activity.astype(np.uint16) << 8) | difference
    return np.bincount(both[valid], minlength=256 * 256).reshape(256, 256)


def _fit_spread(counts: NDArray[np.int64]) -> Floats:
    """Sigma in grey levels for each of the 256 levels of activity; never more than where the images are busier."""
    by_activity = counts.sum(1)
    edges = np.unique([_find_quantile(by_activity, share) for share in np.linspace(0, 1, _BINS + 1)])
    centres, sigmas = [0.0], [_QUIET]
    for low, high in itertools.pairwise(edges):
        inside = counts[int(np.ceil(low)) : int(high) + 1].sum(0)
        if inside.sum() >= _LEAST_PIXELS:
            centres.append((low + high) / 2)
            sigmas.append(max(_QUIET, _find_quantile(inside, _QUANTILE) / _AT))
    if len(centres) > 1:
        centres, sigmas = centres[1:], sigmas[1:]
    return np.interp(np.arange(256), centres, np.minimum.accumulate(sigmas[::-1])[::-1]).astype(np.float32)


def _find_quantile(counts: NDArray[np.int64], share: float) -> float:
    """The quantile of the levels 0, 1, 2 ... that occur so often, as NumPy interpolates it; 0 of none."""
    until = np.cumsum(counts)
    if not until[-1]:
        return 0.0
    position = share * (until[-1] - 1)
    low, high = np.searchsorted(until, (np.floor(position), np.ceil(position)), side="right")
    return float(low + (high - low) * (position % 1))
