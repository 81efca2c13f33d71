"""SDXL's networks compiled by torch: a longer start, and then faster pairs.

What is compiled is the UNet's blocks, and not the UNet as a whole, which holds each of them many times: blocks of the
same shapes share one compiled graph. No graph depends on the plans of a batch, whose size is always the same; there is
one for steps that lend self-attention and one for those that do not.
"""

from collections.abc import Callable

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.resnet import ResnetBlock2D

_GRAPHS = 64  # of one kind of block: torch's limit is below the number of shapes that SDXL's have


def compile_networks(
    pipeline: StableDiffusionXLPipeline, *, decoder: bool, backend: str | Callable[..., object] = "inductor"
) -> None:
    """Have the UNet's blocks, and with `decoder` what makes pixels, compiled when they first run; in place.

    A decoder that works in tiles is better left as it is: each of its tiles may have another size.
    """
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _GRAPHS)
    blocks = [part for part in pipeline.unet.modules() if isinstance(part, BasicTransformerBlock | ResnetBlock2D)]
    for network in (*blocks, *([pipeline.vae.decoder] if decoder else [])):
        network.compile(dynamic=False, backend=backend)
