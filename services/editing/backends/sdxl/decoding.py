"""SDXL's decoder: latents become pixels, in float32 whatever the UNet computes in, for it overflows in float16."""

import numpy as np
import torch
from diffusers import AutoencoderKL

from imgdiff.images import RGB


def decoded(vae: AutoencoderKL, latent: torch.Tensor) -> RGB:
    """One image of one latent (C x h x w); one at a time, so that memory does not depend on the batch."""
    scaled = latent[None].to(vae.dtype) / vae.config.scaling_factor
    pixels = vae.decode(scaled, return_dict=False)[0][0].float().nan_to_num()
    levels = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
