"""Photometric normalisation: image2 in the light of image1, so that only content differs.

The model is one tone curve a channel for the camera (exposure, gamma, white balance) and one smooth field of gain for
the light, fitted alternately on log intensities, both robust against what really changed.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.detection.limits import BETTER_LIGHT, GAIN, OFFSET
from services.imaging.arrays import Flags, Floats
from services.imaging.channels import take_worst
from services.imaging.cores import cut_bands, map_on_cores
from services.imaging.resizing import fit_within

# Chosen on synthetic pairs under other light, none measured apart.
_SIDE = 224  # pixels of the grid on which light is estimated, since it changes slowly
_LEAST_PIXELS = 16  # of that grid that both images must share
_BURNT, _BLACK = 253, 2  # grey levels beyond which a sensor or a file is clipped
_ITERATIONS = 6  # of curves and field in turn
_REWEIGHTINGS = 5  # of the affine model
_TOE = 12.0  # grey levels added before the logarithm: below it noise, not light, decides
_TAIL = (0, 0.001, 0.004, 0.01, 0.025)  # quantiles at which the tone curve is read, finest at its ends
_STEPS = np.array([*_TAIL, *np.linspace(0.05, 0.95, 19), *(1 - end for end in reversed(_TAIL))])
_SLOPES = 0.6, 1.7  # of the affine model
_FLAT = 25  # grey levels squared: variance below which a slope means nothing
_ROUNDING, _LOG_ROUNDING = 1.5, 0.02  # least spread of a residual, in grey levels and in their logarithm
_OUTLIER = 3.0  # spreads beyond which a residual is content
_FIELD = 12  # sigmas of the smooth field to the longer side
_LOW = 8.0  # sigma in pixels: noise, grain and misregistration average out over it, light does not
_COARSE = 4  # times smaller for that
_SHARE = 0.8  # of the pixels that stay below the reported difference
_LOGARITHMS = np.log(np.arange(256, dtype=np.float32) + _TOE)  # of every level
_BANDS = 8  # in which a whole image is lit, so that few floating-point copies exist at a time; chosen, not measured

Curves = list[NDArray[np.float64]]


def relight(image1: RGB, image2: RGB, valid: Flags, *, rich: bool) -> RGB:
    """Bring image2 (aligned, same size) into image1's light by the simplest model that explains it, or the best one.

    The models: none; gain and offset a channel with a smooth offset; tone curves with a smooth gain (`rich`, which can
    make any two images alike and so wants two of one scene).
    """
    size = fit_within(image1.shape, _SIDE)
    inside = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if inside.sum() < _LEAST_PIXELS:
        return image2
    small1, small2 = (_shrink(image, size) for image in (image1, image2))
    best, least = image2, np.inf
    for model in (_keep_light, _match_affine, _match_curves)[: 3 if rich else 2]:
        lit = model(small1, small2, inside, image2)
        left = measure_unexplained(image1, fill_clipped(image1, image2, lit), valid)
        if left > BETTER_LIGHT * least:
            break  # a richer model would only fit noise
        best, least = lit, left
    return best


def fill_clipped(image1: RGB, image2: RGB, lit: RGB) -> RGB:
    """Take image1's pixel where image2 is burnt out or black and image1 lies beyond that, since both may be the same.

    `lit` is image2 in image1's light.
    """
    over = (image2 >= _BURNT) & (image1 > lit)
    under = (image2 <= _BLACK) & (image1 < lit)
    return np.where(over | under, image1, lit)


def measure_unexplained(image1: RGB, lit: RGB, valid: Flags) -> float:
    """Grey levels of smooth difference that 80 % of the pixels stay below: light that no model explained."""
    difference = cv2.subtract(image1, lit, dtype=cv2.CV_32F)
    if not valid.all():
        difference[~valid] = 0
    height, width = valid.shape
    size = max(1, width // _COARSE), max(1, height // _COARSE)
    low = cv2.GaussianBlur(cv2.resize(difference, size, interpolation=cv2.INTER_AREA), (0, 0), _LOW / _COARSE)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    inside = take_worst(np.abs(low))[seen]
    return float(np.quantile(inside, _SHARE)) if inside.size else 0.0


def _shrink(image: RGB, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _keep_light(small1: Floats, small2: Floats, inside: Flags, image2: RGB) -> RGB:  # noqa: ARG001
    return image2


def _match_affine(small1: Floats, small2: Floats, inside: Flags, image2: RGB) -> RGB:
    gain, offset, spread = _fit_affine(small1, small2, inside)
    field = _fit_smooth(small1 - (small2 * gain + offset), inside, _OUTLIER * spread).clip(-OFFSET, OFFSET)
    smooth: Floats = np.asarray(cv2.resize(field, image2.shape[1::-1]), np.float32)

    def light(rows: slice) -> RGB:
        return _to_levels(image2[rows] * gain + offset, smooth[rows])

    return np.concatenate(map_on_cores(light, cut_bands(len(image2), _BANDS)))


def _match_curves(small1: Floats, small2: Floats, inside: Flags, image2: RGB) -> RGB:
    log1, log2 = np.log(small1 + _TOE), np.log(small2 + _TOE)
    field = np.zeros_like(log1)
    levels, curves = _fit_curves(log1, log2, inside)
    for iteration in range(_ITERATIONS):
        residual = log1 - _apply_curves(log2 + field, levels, curves)
        fit = _fit_slope if iteration < _ITERATIONS // 2 else _fit_smooth  # smoothing alone is biased at the borders
        outlier = _OUTLIER * max(_LOG_ROUNDING, _spread(take_worst(np.abs(residual)), inside))
        field = (field + fit(residual, inside, outlier)).clip(-GAIN, GAIN)
        rest = take_worst(np.abs(log1 - _apply_curves(log2 + field, levels, curves)))
        alike = inside & (rest < _OUTLIER * max(_LOG_ROUNDING, _spread(rest, inside)))
        levels, curves = _fit_curves(log1, log2 + field, alike)
    wide = cv2.resize(field, image2.shape[1::-1])

    def light(rows: slice) -> Floats:
        logarithms = np.asarray(cv2.LUT(image2[rows], _LOGARITHMS) + wide[rows], np.float32)
        return np.exp(_apply_curves(logarithms, levels, curves), dtype=np.float32) - np.float32(_TOE)

    lit = np.concatenate(map_on_cores(light, cut_bands(len(image2), _BANDS)))
    rest = small1 - np.asarray(cv2.resize(lit, small1.shape[1::-1], interpolation=cv2.INTER_AREA))
    outlier = _OUTLIER * max(_ROUNDING, _spread(take_worst(np.abs(rest)), inside))
    smooth = _fit_smooth(rest, inside, outlier).clip(-OFFSET, OFFSET)
    return _to_levels(lit, np.asarray(cv2.resize(smooth, image2.shape[1::-1])))


def _to_levels(values: Floats, offset: Floats) -> RGB:
    """The sum, rounded to the nearest even level."""
    return np.asarray(cv2.add(values, offset, dtype=cv2.CV_8U), np.uint8)


def _fit_curves(target: Floats, source: Floats, inside: Flags) -> tuple[Curves, Curves]:
    """For each channel, levels of `source` and the median of `target` where it has them; never falling."""
    fitted = [_fit_curve(target[..., channel][inside], source[..., channel][inside]) for channel in range(3)]
    return [levels for levels, _ in fitted], [curve for _, curve in fitted]


def _fit_curve(target: Floats, source: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same for the N values of one channel. They are sorted once, so that each step is a run of them."""
    order = np.argsort(source)
    source, target = source[order], target[order]
    edges = np.unique(_quantiles(source, _STEPS))
    cuts = np.searchsorted(source, edges[1:-1])
    starts, ends = np.array([0, *cuts]), np.array([*cuts, len(source)])
    runs = [slice(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
    levels = [_middle(source[run]) for run in runs]
    return np.array(levels), np.maximum.accumulate([_middle(np.sort(target[run])) for run in runs])


def _quantiles(ordered: Floats, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """As NumPy interpolates them, of values in order."""
    at = shares * (len(ordered) - 1)
    low = np.floor(at).astype(np.intp)
    below, above = ordered[low], ordered[np.minimum(low + 1, len(ordered) - 1)]
    part, step = at - low, above - below
    return np.where(part < 0.5, below + step * part, above - step * (1 - part))


def _middle(ordered: Floats) -> np.float32:
    """The median of values in order; ten times as fast as NumPy's, which costs more than the few values it is for."""
    half = len(ordered) // 2
    return np.float32(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / np.float32(2))


def _apply_curves(values: Floats, levels: Curves, curves: Curves) -> Floats:
    """Beyond their ends the curves continue with slope 1."""
    out = np.empty_like(values)
    for channel in range(3):
        low, high = levels[channel][0], levels[channel][-1]
        within = values[..., channel].clip(low, high)
        out[..., channel] = np.interp(within, levels[channel], curves[channel]) + (values[..., channel] - within)
    return out


def _fit_affine(target: Floats, source: Floats, inside: Flags) -> tuple[Floats, Floats, float]:
    """Gain and offset a channel and the residual's spread, by reweighted least squares; changed pixels lose weight."""
    weight = inside.astype(np.float64)
    gain, offset, spread = np.ones(3, np.float32), np.zeros(3, np.float32), _ROUNDING
    for _ in range(_REWEIGHTINGS):
        share = (weight / weight.sum())[..., None]
        mean1, mean2 = (share * target).sum((0, 1)), (share * source).sum((0, 1))
        variance = (share * (source - mean2) ** 2).sum((0, 1))
        covariance = (share * (source - mean2) * (target - mean1)).sum((0, 1))
        slope = np.where(variance > _FLAT, covariance / np.maximum(variance, 1e-6), 1.0)
        gain = slope.clip(*_SLOPES).astype(np.float32)
        offset = (mean1 - gain * mean2).astype(np.float32)
        residual = target - source * gain - offset
        spread = max(_ROUNDING, _spread(take_worst(np.abs(residual)), inside))
        weight = inside / (1 + (take_worst(np.abs(residual)) / (2 * spread)) ** 2)
    return gain, offset, spread


def _spread(distance: Floats, inside: Flags) -> float:
    """Robust standard deviation from magnitudes, height x width: 1.4826 times a normal's median magnitude."""
    return 1.4826 * float(np.median(distance[inside]))


def _fit_slope(residual: Floats, inside: Flags, outlier: float) -> Floats:
    """Second-order polynomial of the position, height x width x 3; what exceeds `outlier` has little weight."""
    height, width = inside.shape
    y, x = (axis.ravel().astype(np.float32) for axis in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    basis = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=1)
    weight = (inside / (1 + (take_worst(np.abs(residual)) / outlier) ** 4) + 1e-4).ravel()[:, None]
    weighted = basis * weight
    factors = np.linalg.solve(weighted.T @ basis, weighted.T @ residual.reshape(-1, 3))
    return np.asarray((basis @ factors).reshape(residual.shape), dtype=np.float32)


def _fit_smooth(residual: Floats, inside: Flags, outlier: float) -> Floats:
    """Smooth field, height x width x 3; what exceeds `outlier` has little weight."""
    weight = (inside / (1 + (take_worst(np.abs(residual)) / outlier) ** 4) + 1e-4).astype(np.float32)
    sigma = max(residual.shape[:2]) / _FIELD
    spread = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    return np.asarray(cv2.GaussianBlur(residual * weight[..., None], (0, 0), sigma) / spread, dtype=np.float32)
