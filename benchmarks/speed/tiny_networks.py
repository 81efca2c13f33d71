"""Tiny random networks: every module of the large ones, in milliseconds on a CPU. `tiny` is CLIP's and SAM's name."""

import json
import tempfile
from pathlib import Path

import torch
from open_clip import add_model_config
from transformers import Sam2Config, Sam2Model, SamConfig, SamModel

from services.detection.backends.sam import ARCHITECTURES

_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 1},
}
_SIDE, _PATCH, _WIDTH = 128, 16, 16  # pixels a side of SAM's image and of its patches; channels of its features
_PROMPTS = {"hidden_size": _WIDTH, "image_size": _SIDE, "patch_size": _PATCH, "mask_input_channels": 4}
_DECODER = {
    "hidden_size": _WIDTH,
    "mlp_dim": 32,
    "num_attention_heads": 2,
    "iou_head_depth": 3,
    "iou_head_hidden_dim": 16,
}


def tiny_sam_config() -> SamConfig:
    """Segment Anything for images of 128 pixels a side."""
    vision = {
        "hidden_size": 32,
        "output_channels": _WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": _SIDE,
        "window_size": 4,
        "global_attn_indexes": [1],
        "num_pos_feats": _WIDTH // 2,
    }
    return SamConfig(vision_config=vision, prompt_encoder_config=_PROMPTS, mask_decoder_config=_DECODER)


def tiny_sam2_config(kind: type[Sam2Config] = Sam2Config) -> Sam2Config:
    """SAM 2 for images of 128 pixels a side."""
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [_SIDE, _SIDE],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 2],
        "global_attention_blocks": [3],
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
        "fpn_hidden_size": _WIDTH,
    }
    prompts = {**_PROMPTS, "scale": _WIDTH}  # or neighbouring points would get the same masks
    return kind(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=_DECODER)


def vary_masks(model: torch.nn.Module) -> None:
    """Give a new network masks and positions that differ; initialised, all would be alike, or fill the image."""
    stretched = hasattr(model, "no_memory_embedding")  # SAM 2, whose image features would drown its points
    for name, values in model.named_parameters():
        if "iou_prediction" not in name and (values.dim() > 1 or "rel_pos" in name):
            quiet = stretched and (name.startswith("vision_encoder") or ".conv_s" in name)
            torch.nn.init.normal_(values, std=0.1 if quiet else 0.5)
        if "output_hypernetworks" in name and name.endswith("proj_out.bias"):
            torch.nn.init.constant_(values, -0.5)
    for layer in (model.mask_decoder.upscale_conv1, model.mask_decoder.upscale_conv2):
        layer.weight.data[:] = layer.weight.data[:, :, :1, :1].clone()  # or neighbouring pixels would be unrelated


def tiny_sam() -> SamModel:
    """Random Segment Anything whose masks differ."""
    model = SamModel(tiny_sam_config()).eval()
    vary_masks(model)
    return model


def tiny_sam2() -> Sam2Model:
    """Random SAM 2 whose masks differ."""
    model = Sam2Model(tiny_sam2_config()).eval()
    vary_masks(model)
    return model


def register_tiny() -> None:
    """Register `tiny` as an architecture of Segment Anything and open_clip."""
    ARCHITECTURES["tiny"] = tiny_sam_config
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tiny.json"
        config.write_text(json.dumps(_CLIP))
        add_model_config(config)
