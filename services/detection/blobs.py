"""Small changes: places where a pair differs by more than its own noise does at the same activity.

What a second capture, a resampling or a compression leaves behind grows with local activity (edges, texture). So the
noise is read from the pair itself, as the spread of the difference among pixels of like activity; an edit stands out
against it whatever its loudness, down to a few pixels across, where the networks' maps are blind.
"""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.images import RGB
from services.detection.perception import Flags, FloatMap
from services.detection.proposals import Proposal

_BEFORE = 0.7  # sigma in pixels: resampling and grain live below it
_LEVELS = 16  # bins of activity
_FEW = 200  # pixels a bin needs
_QUANTILE, _AT = 0.8, 1.28  # 80 % of a normal's magnitudes lie below 1.28 sigma; a fifth of a bin may be change
_QUIET = 2.0  # grey levels: rounding and resampling alone make no less
_CAP = 6.0  # sigmas beyond which a pixel says no more
_SURE = 3.0  # sigmas at which a pixel belongs to a change
_WINDOW = 15  # pixels
_FLOOR = 1.9  # of `gathered`, which an unchanged photo in fifty reaches after JPEG 60, fewer under shifts and turns


@dataclass(frozen=True)
class Noise:
    """Height x width: `score` in sigmas of the pair's own noise, `difference` in grey levels, the worst channel."""

    score: FloatMap
    difference: FloatMap

    @property
    def sure(self) -> Flags:
        """Pixels that are changed for sure once their neighbours are."""
        return np.asarray(self.score > _SURE)


def noise_scores(image1: RGB, image2: RGB, valid: Flags) -> Noise:
    """Every pixel's difference over the spread of the difference where the picture is as busy."""
    one, two = (cv2.GaussianBlur(image, (0, 0), _BEFORE) for image in (image1, image2))
    difference = cv2.absdiff(one, two).max(axis=2).astype(np.float32)
    activity = np.minimum(_activity(image1), _activity(image2))
    difference[~valid] = 0
    level = _spread(difference[valid], activity[valid])
    sigma = level[activity.astype(np.uint8)]
    return Noise((difference / sigma).astype(np.float32), difference)


def _activity(image: RGB) -> NDArray[np.uint8]:
    """Grey levels between the darkest and the brightest pixel of the 5 x 5 around each; the worst channel, smoothed."""
    ranges = cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)).max(axis=2)
    return np.asarray(cv2.GaussianBlur(ranges, (0, 0), 2), dtype=np.uint8)


def _spread(difference: FloatMap, activity: NDArray[np.uint8]) -> FloatMap:
    """Sigma in grey levels for each of the 256 levels of activity; never more than where the picture is busier."""
    edges = np.unique(np.quantile(activity, np.linspace(0, 1, _LEVELS + 1))) if activity.size else np.zeros(1)
    centres, sigmas = [0.0], [_QUIET]
    for low, high in itertools.pairwise(edges):
        inside = difference[(activity >= low) & (activity <= high)]
        if inside.size >= _FEW:
            centres.append((low + high) / 2)
            sigmas.append(max(_QUIET, float(np.quantile(inside, _QUANTILE)) / _AT))
    if len(centres) > 1:
        centres, sigmas = centres[1:], sigmas[1:]
    return np.interp(np.arange(256), centres, np.minimum.accumulate(sigmas[::-1])[::-1]).astype(np.float32)


def gathered(noise: Noise) -> FloatMap:
    """Mean over a square window of what exceeds one sigma, capped: 0..5."""
    return np.asarray(cv2.blur(np.clip(noise.score - 1, 0, _CAP - 1), (_WINDOW, _WINDOW)))


def from_noise(noise: Noise, doubt: float) -> list[Proposal]:
    """Boxes of pixels beyond three sigmas around the places where they gather.

    `doubt` is added to the mean excess in sigmas, at most 5, that gathering must reach.
    """
    peaks = gathered(noise) > _FLOOR + doubt
    if not peaks.any():
        return []
    near = cv2.dilate(peaks.astype(np.uint8), np.ones((_WINDOW, _WINDOW), np.uint8))
    sure = (noise.sure & (near > 0)).astype(np.uint8)
    sure = np.asarray(cv2.morphologyEx(sure, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)
    joined = cv2.morphologyEx(sure, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    labels, count = ndimage.label(joined, np.ones((3, 3)))
    pixels = np.bincount(labels.ravel(), weights=sure.ravel(), minlength=count + 1)
    mass = np.bincount(labels.ravel(), weights=(noise.difference * sure).ravel(), minlength=count + 1)
    least = _WINDOW * _WINDOW // 4
    return [
        Proposal((x.start, y.start, x.stop, y.stop), int(pixels[index]), float(mass[index]))
        for index, (y, x) in enumerate(ndimage.find_objects(labels, count), 1)
        if pixels[index] >= least
    ]
