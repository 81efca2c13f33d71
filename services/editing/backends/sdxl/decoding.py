"""SDXL's decoder: latents become pixels, always in float32, because it overflows in float16."""

import numpy as np
import torch
from diffusers import AutoencoderKL

from imgdiff.images import RGB
from services.editing.operations.edit import NOT_FINITE, Refused


def decode(vae: AutoencoderKL, latent: torch.Tensor) -> RGB:
    """The image (H x W x 3) of one latent (C x h x w); one at a time, so that memory does not depend on the batch.

    Raises Refused where a value is not finite, as after an overflow of the UNet in float16.
    """
    scaled = latent[None].to(vae.dtype) / vae.config.scaling_factor
    pixels = vae.decode(scaled, return_dict=False)[0][0].float()
    if not torch.isfinite(pixels).all():
        raise Refused(NOT_FINITE)
    levels = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
