"""Photometric normalisation: image2 in the light of image1, so that only content differs.

The model is one tone curve a channel for the camera (exposure, gamma, white balance) and one smooth field of gain for
the light, fitted in turn on log intensities, both robust against what really changed.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats

_SIDE = 224  # light changes slowly, so it is estimated on a small grid
_BURNT, _BLACK = 253, 2  # grey levels beyond which a sensor or a file tells no more
_LIMIT = 40.0  # grey levels that the local field may shift; more is content
_ROUNDS = 6
_TOE = 12.0  # grey levels added before the logarithm: below it noise, not light, decides
_TAIL = (0, 0.001, 0.004, 0.01, 0.025)  # quantiles at which the tone curve is read, finest at its ends
_STEPS = np.array([*_TAIL, *np.linspace(0.05, 0.95, 19), *(1 - end for end in reversed(_TAIL))])
_GAIN = 0.9  # largest natural logarithm of a local gain
_LOW = 8.0  # sigma in pixels: noise, grain and misregistration average out over it, light does not
_COARSE = 4
_SHARE = 0.8
UNDERSTOOD = 1.5  # grey levels of `unexplained`; JPEG 60 leaves 1.3, other light 2 and more
_BETTER = 0.8  # of what the simpler model leaves: a richer one must leave less


def relight(image1: RGB, image2: RGB, valid: Flags, *, rich: bool) -> RGB:
    """image2 (aligned, same size) in image1's light by the simplest model that explains it, else by the best one.

    The models: none; a gain and an offset a channel with a smooth offset; tone curves with a smooth gain (`rich`,
    which can make anything alike and so wants two images known to show one scene).
    """
    height, width = image1.shape[:2]
    factor = max(1.0, max(height, width) / _SIDE)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    inside = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if inside.sum() < 16:
        return image2
    small1, small2 = (_small(image, size) for image in (image1, image2))
    best, least = image2, np.inf
    for model in (_unlit, _affine_lit, _curve_lit)[: 3 if rich else 2]:
        lit = model(small1, small2, inside, image2)
        left = unexplained(image1, uncensored(image1, image2, lit), valid)
        if left > _BETTER * least:
            break  # a richer model of what is not there fits noise
        best, least = lit, left
    return best


def _small(image: RGB, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _unlit(one: Floats, two: Floats, inside: Flags, image2: RGB) -> RGB:  # noqa: ARG001
    return image2


def _affine_lit(one: Floats, two: Floats, inside: Flags, image2: RGB) -> RGB:
    gain, offset, scale = _affine(one, two, inside)
    field = _smooth(one - (two * gain + offset), inside, 3 * scale).clip(-_LIMIT, _LIMIT)
    return _levels_of(image2.astype(np.float32) * gain + offset + cv2.resize(field, image2.shape[1::-1]))


def _curve_lit(one: Floats, two: Floats, inside: Flags, image2: RGB) -> RGB:
    log1, log2 = np.log(one + _TOE), np.log(two + _TOE)
    field = np.zeros_like(log1)
    levels, curves = _curves(log1, log2, inside)
    for number in range(_ROUNDS):
        residual = log1 - _through(log2 + field, levels, curves)
        fitted = _sloped if number < _ROUNDS // 2 else _smooth  # a smoother alone is biased at the borders
        field = (field + fitted(residual, inside, 3 * max(0.02, _spread(residual, inside)))).clip(-_GAIN, _GAIN)
        rest = np.abs(log1 - _through(log2 + field, levels, curves)).max(2)
        alike = inside & (rest < 3 * max(0.02, _spread(rest[..., None], inside)))
        levels, curves = _curves(log1, log2 + field, alike)
    full = np.log(image2.astype(np.float32) + _TOE) + cv2.resize(field, image2.shape[1::-1])
    lit = np.exp(_through(full, levels, curves), dtype=np.float32) - _TOE
    rest = one - np.asarray(cv2.resize(lit, one.shape[1::-1], interpolation=cv2.INTER_AREA))
    smooth = _smooth(rest, inside, 3 * max(1.5, _spread(rest, inside))).clip(-_LIMIT, _LIMIT)
    return _levels_of(lit + cv2.resize(smooth, image2.shape[1::-1]))


def _levels_of(values: NDArray[np.floating]) -> RGB:
    return np.asarray(np.rint(values.clip(0, 255)), dtype=np.uint8)


def uncensored(image1: RGB, image2: RGB, lit: RGB) -> RGB:
    """Where image2 is burnt out or black, its light is unknown beyond that: it agrees with all that lies there."""
    over = (image2 >= _BURNT) & (image1 > lit)
    under = (image2 <= _BLACK) & (image1 < lit)
    return np.where(over | under, image1, lit)


def unexplained(image1: RGB, lit: RGB, valid: Flags) -> float:
    """Grey levels of smooth difference that 80 % of the pixels stay below: what of the light is not understood."""
    difference = image1.astype(np.float32) - lit
    difference[~valid] = 0
    height, width = valid.shape
    size = max(1, width // _COARSE), max(1, height // _COARSE)  # what is blurred that much needs no finer grid
    low = cv2.GaussianBlur(cv2.resize(difference, size, interpolation=cv2.INTER_AREA), (0, 0), _LOW / _COARSE)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    inside = np.abs(low).max(axis=2)[seen]
    return float(np.quantile(inside, _SHARE)) if inside.size else 0.0


Curves = list[NDArray[np.float64]]


def _curves(one: Floats, two: Floats, inside: Flags) -> tuple[Curves, Curves]:
    """Per channel, levels of `two` and the median of `one` where `two` has them; never falling."""
    levels, curves = [], []
    for channel in range(3):
        source, target = two[..., channel][inside], one[..., channel][inside]
        edges = np.unique(np.quantile(source, _STEPS))
        place = np.clip(np.searchsorted(edges, source, side="right") - 1, 0, max(0, len(edges) - 2))
        order = np.argsort(place, kind="stable")
        cuts = np.searchsorted(place[order], np.arange(1, max(1, len(edges) - 1)))
        groups = [group for group in np.split(order, cuts) if group.size]
        levels.append(np.array([np.median(source[group]) for group in groups]))
        curves.append(np.maximum.accumulate([np.median(target[group]) for group in groups]))
    return levels, curves


def _through(values: Floats, levels: Curves, curves: Curves) -> Floats:
    """The tone curves applied; beyond their ends they go on with slope 1."""
    out = np.empty_like(values)
    for channel in range(3):
        low, high = levels[channel][0], levels[channel][-1]
        within = values[..., channel].clip(low, high)
        out[..., channel] = np.interp(within, levels[channel], curves[channel]) + (values[..., channel] - within)
    return out


def _affine(one: Floats, two: Floats, inside: Flags) -> tuple[Floats, Floats, float]:
    """Reweighted least squares; changed pixels lose their vote."""
    weight = inside.astype(np.float64)
    gain, offset, scale = np.ones(3, np.float32), np.zeros(3, np.float32), 1.5
    for _ in range(5):
        share = (weight / weight.sum())[..., None]
        mean1, mean2 = (share * one).sum((0, 1)), (share * two).sum((0, 1))
        variance = (share * (two - mean2) ** 2).sum((0, 1))
        covariance = (share * (two - mean2) * (one - mean1)).sum((0, 1))
        slope = np.where(variance > 25, covariance / np.maximum(variance, 1e-6), 1.0)
        gain = slope.clip(0.6, 1.7).astype(np.float32)
        offset = (mean1 - gain * mean2).astype(np.float32)
        residual = one - two * gain - offset
        scale = max(1.5, _spread(residual, inside))
        weight = inside / (1 + (np.abs(residual).max(2) / (2 * scale)) ** 2)
    return gain, offset, scale


def _spread(residual: Floats, inside: Flags) -> float:
    """Robust standard deviation of the worst channel."""
    return 1.4826 * float(np.median(np.abs(residual).max(2)[inside]))


def _sloped(residual: Floats, inside: Flags, scale: float) -> Floats:
    """Second-order polynomial of the place, height x width x 3, of a residual; what exceeds `scale` has little vote."""
    height, width = inside.shape
    y, x = (axis.ravel().astype(np.float32) for axis in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    basis = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=1)
    weight = (inside / (1 + (np.abs(residual).max(2) / scale) ** 4) + 1e-4).ravel()[:, None]
    weighted = basis * weight
    factors = np.linalg.solve(weighted.T @ basis, weighted.T @ residual.reshape(-1, 3))
    return np.asarray((basis @ factors).reshape(residual.shape), dtype=np.float32)


def _smooth(residual: Floats, inside: Flags, scale: float) -> Floats:
    """Smooth field, height x width x 3, of a residual; what exceeds `scale` has little vote."""
    weight = (inside / (1 + (np.abs(residual).max(2) / scale) ** 4) + 1e-4).astype(np.float32)
    sigma = max(residual.shape[:2]) / 12
    spread = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    return np.asarray(cv2.GaussianBlur(residual * weight[..., None], (0, 0), sigma) / spread, dtype=np.float32)
