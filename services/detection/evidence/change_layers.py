"""Layers of evidence for the change head, on a grid of four-pixel cells over two aligned images.

Low-level difference, structure, perceptual texture and patch tokens, each where it works best; the head weighs them.
The head was trained on these numbers, so none may change without a new one (`training/`).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.evidence.noise import Noise, measure_noise
from services.detection.feature_extractor import NetworkDistances
from services.imaging.arrays import Flags, Floats
from services.imaging.channels import take_worst

CELL = 4  # pixels
LAYERS = 15  # evidence layers of a cell from pixels alone, the input channels of the plain change head
NETWORK_LAYERS = 4  # more layers where the networks ran, the input channels of the other one
SEEN = 14  # the layer of what image2 shows of a cell
_PEAK = 1  # the layer that takes a cell's peak and not its mean
SUMMARISED = (0, 2, 3, 5, 6, 7, 11, 12, 13)  # layers whose median and 90 % quantile summarise the whole pair
# Scales bring each layer to about 0..1.
_SHIFT = 2  # pixels by which a place may shift before it differs
_WINDOW = 7  # pixels over which that is averaged
_GREY = 64.0  # grey levels of difference, edges and raw difference
_SIGMAS, _SIGMA_SCALE = 8, 4  # cap and scale of the noise score
_CHROMA = 20  # Lab units, OpenCV's bytes
_SHIFTED = 32  # grey levels left after shifting
_BUSY = 8  # root of grey levels of edges
_TOE = 12.0  # grey levels added before a logarithm: below it noise, not light, decides
_LOGARITHMS = np.log(np.arange(256, dtype=np.float32) + _TOE)  # of every level
_GAIN, _ROUGHNESS, _TINT = 1.0, 0.5, 0.4  # natural logarithms of gain, of its spread, and of a ratio of two channels
_MOST = 3.0  # of these
_CONTRAST = 20  # grey levels squared below which correlation means nothing


@dataclass(frozen=True)
class Layers:
    """`local` is layers x rows x columns of cells, `overall` the summary of the whole pair; both float32."""

    local: Floats
    overall: Floats


def make_layers(image1: RGB, raw2: RGB, lit2: RGB, valid: Flags) -> Layers:
    """Everything but the networks; `raw2` and `lit2` (in image1's light) are on image1's grid."""
    noise = measure_noise(image1, lit2, valid)
    stack = [
        *_difference_layers(image1, raw2, lit2, noise),
        *_structure_layers(image1, lit2),
        *_light_layers(image1, raw2, valid),
    ]
    stack = stack if valid.all() else [layer * valid for layer in stack]
    local = [pool(layer) for layer in stack]
    local[_PEAK] = _pool_peaks(stack[_PEAK], local[0].shape)
    plain = np.stack([*local, pool(valid.astype(np.float32))])
    summary = np.quantile(plain[list(SUMMARISED)].reshape(len(SUMMARISED), -1), (0.5, 0.9), axis=1)
    return Layers(plain, summary.ravel().astype(np.float32))


def add_networks(layers: Layers, distances: NetworkDistances, valid: Flags) -> Layers:
    """Append the networks' distances between the same two images."""
    stack = (np.sqrt(distances.texture.clip(0, None)), distances.shallow, distances.deep, distances.slack)
    return Layers(np.stack([*layers.local[:LAYERS], *(pool(layer * valid) for layer in stack)]), layers.overall)


def pool(values: Floats) -> Floats:
    """Means over the cells; the last row and column of cells take what is left over."""
    height, width = values.shape
    size = (max(1, round(width / CELL)), max(1, round(height / CELL)))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _pool_peaks(values: Floats, shape: tuple[int, ...]) -> Floats:
    most = cv2.dilate(values, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.resize(most, (shape[1], shape[0]), interpolation=cv2.INTER_AREA))


def _difference_layers(image1: RGB, raw2: RGB, lit2: RGB, noise: Noise) -> list[Floats]:
    """Difference: over the pair's noise (mean, peak), in image1's light, as captured, in colour, after shifting."""
    score = np.minimum(noise.score, _SIGMAS) / _SIGMA_SCALE
    raw = cv2.blur(take_worst(cv2.absdiff(image1, raw2)).astype(np.float32), (3, 3)) / _GREY
    labs = (cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2LAB)) for image in (image1, lit2))
    _, *chroma = (cv2.subtract(one, two, dtype=cv2.CV_32F) for one, two in zip(*labs, strict=True))
    colour = cv2.magnitude(*(cv2.blur(one, (5, 5)) for one in chroma)) / _CHROMA
    return [score, score, noise.difference / _GREY, raw, colour, _shifted_difference(image1, lit2)]


def _shifted_difference(image1: RGB, image2: RGB) -> Floats:
    """Scaled grey levels left around each pixel under the best local shift."""
    one, two = (cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 0.7), cv2.COLOR_RGB2GRAY) for image in (image1, image2))
    framed = cv2.copyMakeBorder(two, _SHIFT, _SHIFT, _SHIFT, _SHIFT, cv2.BORDER_REPLICATE)
    height, width = one.shape
    least = np.full((height, width), 255, np.uint8)
    for down in range(2 * _SHIFT + 1):
        for across in range(2 * _SHIFT + 1):
            left = cv2.blur(cv2.absdiff(one, framed[down : down + height, across : across + width]), (_WINDOW, _WINDOW))
            np.minimum(least, left, out=least)
    return np.asarray(least / np.float32(_SHIFTED))


def _structure_layers(image1: RGB, image2: RGB) -> list[Floats]:
    """Lack of local correlation at two scales, difference of edges, activity of the less and the more busy side."""
    grey1, grey2 = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (image1, image2))
    products = grey1, grey2, grey1 * grey1, grey2 * grey2, grey1 * grey2
    fine, coarse = (_decorrelation(products, sigma) for sigma in (2.0, 6.0))
    edges1, edges2 = (_edge_strength(grey) for grey in (grey1, grey2))
    busy1, busy2 = (np.sqrt(cv2.blur(edges, (9, 9))) / _BUSY for edges in (edges1, edges2))
    difference = cv2.blur(np.abs(edges1 - edges2), (5, 5)) / _GREY
    return [fine, coarse, difference, np.minimum(busy1, busy2), np.maximum(busy1, busy2)]


def _light_layers(image1: RGB, raw2: RGB, valid: Flags) -> list[Floats]:
    """What tells light from things: local gain, its roughness (low inside a shadow), and change of chromaticity.

    All are relative to the median of the pair, which the exposure decides.
    """
    log1, log2 = (cv2.split(cv2.LUT(cv2.GaussianBlur(image, (0, 0), 1.0), _LOGARITHMS)) for image in (image1, raw2))
    ratios = [one - two for one, two in zip(log1, log2, strict=True)]
    if valid.any():
        ratios = [ratio - np.median(ratio[valid]) for ratio in ratios]
    gain = (ratios[0] + ratios[1] + ratios[2]) / 3
    mean, square = cv2.blur(gain, (9, 9)), cv2.blur(gain * gain, (9, 9))
    roughness = np.sqrt(np.maximum(square - mean * mean, 0))
    tint = cv2.magnitude(*(cv2.blur(ratios[k] - ratios[1], (5, 5)) for k in (0, 2)))
    return [
        np.asarray(np.minimum(layer / scale, _MOST), np.float32)
        for layer, scale in ((np.abs(gain), _GAIN), (roughness, _ROUGHNESS), (tint, _TINT))
    ]


def _decorrelation(products: tuple[Floats, ...], sigma: float) -> Floats:
    """0 where two images correlate locally, 1 where one is the other's negative.

    `products` are the first, the second, their squares, and one times the other.
    """
    means = [np.asarray(cv2.GaussianBlur(one, (0, 0), sigma), np.float32) for one in products]
    mean1, mean2, var1, var2, both = means
    both -= mean1 * mean2
    var1 -= mean1 * mean1
    var2 -= mean2 * mean2
    spread = np.sqrt(np.maximum(var1, 0) * np.maximum(var2, 0))
    return np.asarray((1 - (both + _CONTRAST) / (spread + _CONTRAST)) / 2)


def _edge_strength(grey: Floats) -> Floats:
    across, down = (cv2.Scharr(grey, cv2.CV_32F, 1 - k, k) for k in (0, 1))
    return np.asarray(cv2.magnitude(across, down) / 16)
