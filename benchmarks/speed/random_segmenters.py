"""Networks with random weights that are asked for the masks at points, at the published sizes."""

from collections.abc import Callable

import torch
from transformers import Sam2Config, Sam2Model

from benchmarks.speed.tiny_networks import tiny_sam, tiny_sam2
from services.detection.backends.automatic_masks import PointNetwork
from services.detection.backends.sam import SamNetwork, build_sam
from services.detection.backends.sam2 import Sam2Network
from services.gpu.compute import Compute
from services.gpu.preprocessing import Preprocessing

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Hiera's sizes, as facebook/sam2.1-hiera-large states them; the tiny one is the default of transformers.
_LARGE_BACKBONE = {
    "model_type": "sam2_hiera_det_model",
    "hidden_size": 144,
    "num_attention_heads": 2,
    "blocks_per_stage": [2, 6, 36, 4],
    "embed_dim_per_stage": [144, 288, 576, 1152],
    "num_attention_heads_per_stage": [2, 4, 8, 16],
    "window_size_per_stage": [8, 4, 16, 8],
    "global_attention_blocks": [23, 33, 43],
}
_LARGE = {
    "model_type": "sam2_vision_model",
    "backbone_config": _LARGE_BACKBONE,
    "backbone_channel_list": [1152, 576, 288, 144],
}


def _sam2(model: Sam2Model, compute: Compute) -> Sam2Network:
    side = model.config.prompt_encoder_config.image_size
    return Sam2Network(model.eval(), Preprocessing(side, side, *_IMAGENET), compute)


def _build_sam2(config: Sam2Config, compute: Compute) -> Sam2Network:
    with torch.device(compute.device):
        return _sam2(Sam2Model(config), compute)


NETWORKS: dict[str, Callable[[Compute], PointNetwork]] = {
    "vit_b": lambda compute: SamNetwork(build_sam("vit_b"), compute),
    "vit_l": lambda compute: SamNetwork(build_sam("vit_l"), compute),
    "vit_h": lambda compute: SamNetwork(build_sam("vit_h"), compute),
    "sam2-tiny": lambda compute: _build_sam2(Sam2Config(), compute),
    "sam2-large": lambda compute: _build_sam2(Sam2Config(vision_config=_LARGE), compute),
    "tiny": lambda compute: SamNetwork(tiny_sam(), compute),
    "tiny-sam2": lambda compute: _sam2(tiny_sam2(), compute),
}
"""By name; the last two are for smoke tests."""
