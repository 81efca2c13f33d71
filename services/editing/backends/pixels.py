"""Pixels of a decoder as an image."""

import numpy as np
import torch

from imgdiff.images import RGB
from services.editing.operations.edit import NOT_FINITE, Refused


def to_image(pixels: torch.Tensor) -> RGB:
    """The image (H x W x 3) of pixels (3 x H x W, -1..1); raises Refused where a value is not finite."""
    if not torch.isfinite(pixels).all():
        raise Refused(NOT_FINITE)
    levels = ((pixels.float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
