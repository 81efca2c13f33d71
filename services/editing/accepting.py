"""Whether only what was ordered has changed: how far the pixels outside the edit differ, as numbers and as reasons."""

from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.embedded.masks import Flags
from services.embedded.perceptual import SMALLEST_SIDE, Lpips
from services.embedded.pixels import resized

LEAST_PSNR = 40.0
MOST_PSNR = 99.0


def outside_psnr(before: RGB, after: RGB, mask: Flags) -> float:
    """Peak signal-to-noise ratio in dB of the pixels outside the mask (H x W); 99 where they are equal."""
    outside = ~mask
    if not outside.any():
        return MOST_PSNR
    error = float(((before[outside].astype(np.float32) - after[outside].astype(np.float32)) ** 2).mean())
    return MOST_PSNR if error == 0 else min(MOST_PSNR, float(10 * np.log10(255**2 / error)))
