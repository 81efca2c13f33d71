"""SDXL's networks compiled by torch: a longer start, then faster pairs.

The UNet's blocks are compiled, not the UNet as a whole, which contains each of them many times: blocks of the same
shapes share one graph. No graph depends on the plans of a batch, whose size is constant; there is one for steps that
lend self-attention and one for those that do not.
"""

from collections.abc import Callable

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.resnet import ResnetBlock2D

_GRAPHS = 64  # of one kind of block; torch's default limit is below the number of shapes in SDXL


def compile_networks(
    pipeline: StableDiffusionXLPipeline, *, decoder: bool, backend: str | Callable[..., object] = "inductor"
) -> None:
    """Compile the UNet's blocks and, with `decoder`, the decoder at their first run, in place.

    A decoder that works in tiles should not be compiled: its tiles may differ in size.
    """
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _GRAPHS)
    blocks = [part for part in pipeline.unet.modules() if isinstance(part, BasicTransformerBlock | ResnetBlock2D)]
    for network in (*blocks, *([pipeline.vae.decoder] if decoder else [])):
        network.compile(dynamic=False, backend=backend)
