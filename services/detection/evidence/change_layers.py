"""Layers of evidence for the change head: what two aligned images say of each other on a grid of four-pixel cells.

Low-level difference, structure, perceptual texture and patch tokens, each where it sees best; the head weighs them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.detection.evidence.noise import Noise, noise_scores
from services.detection.feature_extractor import Networks
from services.imaging.arrays import Flags, Floats

CELL = 4  # pixels
LAYERS = 17
NETWORKS = (11, 12, 13, 14)  # layers that are 0 where the networks were not asked
ASKED = 16  # 1 where they were
_PEAK = 1  # the layer that takes a cell's peak and not its mean
SUMMARISED = (0, 2, 3, 5, 6, 7, 11, 13)  # layers whose median and 90 % quantile tell how much the whole pair differs
_SLIDE = 2  # pixels that a place may slide before it is called different
_WINDOW = 7
_GREY = 64.0


@dataclass(frozen=True)
class Layers:
    """`local` is layers x rows x columns of cells, `overall` the summary of the whole pair; both float32."""

    local: NDArray[np.float32]
    overall: NDArray[np.float32]


def plain_layers(image1: RGB, raw2: RGB, lit2: RGB, valid: Flags) -> Layers:
    """Without networks, whose layers are 0; `raw2` and `lit2` lie on image1's grid, the second in its light."""
    noise = noise_scores(image1, lit2, valid)
    stack = [*_levels(image1, raw2, lit2, noise), *_structure(image1, lit2)]
    seen = valid.astype(np.float32)
    local = [pooled(layer * seen) for layer in stack]
    local[_PEAK] = _peaks(stack[_PEAK] * seen, local[0].shape)
    nothing = np.zeros_like(local[0])
    return _summarised(np.stack([*local, *(nothing for _ in NETWORKS), pooled(seen), nothing]))


def with_networks(plain: Layers, networks: Networks, valid: Flags) -> Layers:
    """The same with what the networks say of the same two images."""
    seen = valid.astype(np.float32)
    said = (np.sqrt(networks.texture.clip(0, None)), networks.shallow, networks.deep, networks.slack)
    local = plain.local.copy()
    local[list(NETWORKS)] = [pooled(layer * seen) for layer in said]
    local[ASKED] = pooled(seen)
    return _summarised(local)


def _summarised(local: Floats) -> Layers:
    summary = np.quantile(local[list(SUMMARISED)].reshape(len(SUMMARISED), -1), (0.5, 0.9), axis=1)
    return Layers(local.astype(np.float32), summary.ravel().astype(np.float32))


def pooled(values: Floats) -> Floats:
    """Means over the cells; the last row and column of cells stand for what is left over."""
    height, width = values.shape
    size = (max(1, round(width / CELL)), max(1, round(height / CELL)))
    return np.asarray(cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _peaks(values: Floats, shape: tuple[int, ...]) -> Floats:
    most = cv2.dilate(values.astype(np.float32), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.resize(most, (shape[1], shape[0]), interpolation=cv2.INTER_AREA))


def _levels(image1: RGB, raw2: RGB, lit2: RGB, noise: Noise) -> list[Floats]:
    """Difference: over the pair's noise (mean, peak), in image1's light, as captured, in colour, after sliding."""
    score = np.minimum(noise.score, 8) / 4
    raw = cv2.blur(cv2.absdiff(image1, raw2).max(2).astype(np.float32), (3, 3)) / _GREY
    lab1, lab2 = (cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) for image in (image1, lit2))
    colour = np.hypot(*(cv2.blur(lab1[..., k] - lab2[..., k], (5, 5)) for k in (1, 2))) / 20
    return [score, score, noise.difference / _GREY, raw, colour, _slid(image1, lit2)]


def _slid(image1: RGB, image2: RGB) -> Floats:
    """Grey levels left around each pixel under the best local shift, over 32."""
    one, two = (cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 0.7), cv2.COLOR_RGB2GRAY) for image in (image1, image2))
    framed = cv2.copyMakeBorder(two, _SLIDE, _SLIDE, _SLIDE, _SLIDE, cv2.BORDER_REPLICATE)
    height, width = one.shape
    least = np.full((height, width), 255, np.uint8)
    for down in range(2 * _SLIDE + 1):
        for across in range(2 * _SLIDE + 1):
            left = cv2.blur(cv2.absdiff(one, framed[down : down + height, across : across + width]), (_WINDOW, _WINDOW))
            np.minimum(least, left, out=least)
    return np.asarray(least / np.float32(32))


def _structure(image1: RGB, image2: RGB) -> list[Floats]:
    """Lack of local correlation at two scales, difference of edges, and how busy the less and the more busy side is."""
    grey1, grey2 = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (image1, image2))
    fine, coarse = (_uncorrelated(grey1, grey2, sigma) for sigma in (2.0, 6.0))
    edges1, edges2 = (_edges(grey) for grey in (grey1, grey2))
    busy1, busy2 = (np.sqrt(cv2.blur(edges, (9, 9))) / 8 for edges in (edges1, edges2))
    difference = cv2.blur(np.abs(edges1 - edges2), (5, 5)) / _GREY
    return [fine, coarse, difference, np.minimum(busy1, busy2), np.maximum(busy1, busy2)]


def _uncorrelated(grey1: Floats, grey2: Floats, sigma: float) -> Floats:
    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma))

    mean1, mean2 = mean(grey1), mean(grey2)
    var1, var2 = mean(grey1 * grey1) - mean1**2, mean(grey2 * grey2) - mean2**2
    both = mean(grey1 * grey2) - mean1 * mean2
    return np.asarray((1 - (both + 20) / (np.sqrt(np.maximum(var1, 0) * np.maximum(var2, 0)) + 20)) / 2)


def _edges(grey: Floats) -> Floats:
    across, down = (cv2.Scharr(grey, cv2.CV_32F, 1 - k, k) for k in (0, 1))
    return np.asarray(cv2.magnitude(across, down) / 16)
