"""Photometric normalisation: image2 in the light of image1, so that only content differs."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.perception import Flags, FloatMap

_SIDE = 320  # light changes slowly, so it is estimated on a small grid
_BURNT, _BLACK = 253, 2  # grey levels beyond which a sensor or a file tells no more
_LIMIT = 40.0  # grey levels that the local field may shift; more is content


def relight(image1: RGB, image2: RGB, valid: Flags) -> RGB:
    """image2 (aligned, same size) with a robust gain and offset a channel and a smooth local offset removed."""
    height, width = image1.shape[:2]
    factor = max(1.0, max(height, width) / _SIDE)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small1 = cv2.resize(image1, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small2 = cv2.resize(image2, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    inside = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if inside.sum() < 16:
        return image2
    gain, offset, scale = _affine(small1, small2, inside)
    field = _local(small1 - (small2 * gain + offset), inside, 3 * scale)
    full = image2.astype(np.float32) * gain + offset + cv2.resize(field, (width, height))
    return full.clip(0, 255).round().astype(np.uint8)


def uncensored(image1: RGB, image2: RGB, lit: RGB) -> RGB:
    """Where image2 is burnt out or black, its light is unknown beyond that: it agrees with all that lies there."""
    over = (image2 >= _BURNT) & (image1 > lit)
    under = (image2 <= _BLACK) & (image1 < lit)
    return np.where(over | under, image1, lit)


def _affine(one: FloatMap, two: FloatMap, inside: Flags) -> tuple[FloatMap, FloatMap, float]:
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
        residual = np.abs(one - two * gain - offset).max(2)
        scale = max(1.5, 1.4826 * float(np.median(residual[inside])))
        weight = inside / (1 + (residual / (2 * scale)) ** 2)
    return gain, offset, scale


def _local(residual: FloatMap, inside: Flags, scale: float) -> FloatMap:
    """Smooth offset field, height x width x 3."""
    weight = (inside / (1 + (np.abs(residual).max(2) / scale) ** 4) + 1e-4).astype(np.float32)
    sigma = max(residual.shape[:2]) / 12
    spread = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    field = cv2.GaussianBlur(residual * weight[..., None], (0, 0), sigma) / spread
    return np.asarray(field.clip(-_LIMIT, _LIMIT), dtype=np.float32)
