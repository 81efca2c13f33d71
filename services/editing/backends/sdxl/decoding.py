"""SDXL's decoder: latents become pixels, always in float32, because it overflows in float16."""

import torch
from diffusers import AutoencoderKL

from imgdiff.images import RGB
from services.editing.backends.pixels import to_image


def decode(vae: AutoencoderKL, latent: torch.Tensor) -> RGB:
    """The image (H x W x 3) of one latent (C x h x w); one at a time, so that memory does not depend on the batch.

    Raises Refused where a value is not finite, as after an overflow of the UNet in float16.
    """
    scaled = latent[None].to(vae.dtype) / vae.config.scaling_factor
    return to_image(vae.decode(scaled, return_dict=False)[0][0])
