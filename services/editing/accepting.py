"""Whether only what was ordered has changed: how far the pixels outside the edit differ, as numbers and as reasons."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.embedded.masks import Flags
from services.embedded.perceptual import SMALLEST_SIDE, Lpips
from services.embedded.pixels import resized

LEAST_PSNR = 40.0
MOST_PERCEPTUAL = 0.05
MOST_PSNR = 99.0
_LONGEST_SIDE = 640  # at which two pictures are compared as a person would see them


def outside_psnr(before: RGB, after: RGB, mask: Flags) -> float:
    """Peak signal-to-noise ratio in dB of the pixels outside the mask (H x W); 99 where they are equal."""
    outside = ~mask
    if not outside.any():
        return MOST_PSNR
    error = float(((before[outside].astype(np.float32) - after[outside].astype(np.float32)) ** 2).mean())
    return MOST_PSNR if error == 0 else min(MOST_PSNR, float(10 * np.log10(255**2 / error)))


def outside_perceptual(before: RGB, after: RGB, mask: Flags, lpips: Lpips) -> float:
    """LPIPS of the two pictures (H x W x 3, one size) with the mask's pixels of `before` in both; 0 is equal."""
    if np.array_equal(before[~mask], after[~mask]):
        return 0.0
    same = np.where(mask[..., None], before, after)
    scale = min(1.0, _LONGEST_SIDE / max(mask.shape))
    rows, columns = (max(SMALLEST_SIDE, round(side * scale)) for side in mask.shape)
    return max(0.0, lpips(resized(before, rows, columns), resized(same, rows, columns)).score)


def elsewhere_unchanged(
    psnr: float | None, perceptual: float | None, least: float = LEAST_PSNR, most: float = MOST_PERCEPTUAL
) -> tuple[Reason, ...]:
    """Why the edit changed more than its own place; nothing where it did not, or where nothing was measured."""
    reasons = []
    if psnr is not None and psnr < least:
        reasons.append(Reason(code="edit.outside_changed", value=round(psnr, 2), threshold=least))
    if perceptual is not None and perceptual > most:
        reasons.append(Reason(code="edit.outside_perceptual", value=round(perceptual, 4), threshold=most))
    return tuple(reasons)
