"""Folders of tiny random networks, laid out as the hub has those of the large ones: names of files, keys, tensors."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    Dinov2Config,
    Dinov2Model,
    DINOv3ViTConfig,
    DINOv3ViTModel,
    PreTrainedModel,
    Sam2VideoConfig,
    Sam2VideoModel,
    Siglip2Config,
    Siglip2Model,
    SiglipConfig,
    SiglipModel,
)

from benchmarks.speed.tiny_networks import tiny_sam, tiny_sam2_config, vary_masks

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALVES = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
_VISION = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
_TEXT = {**_VISION, "vocab_size": 40, "max_position_embeddings": 16}


def _write(folder: Path, model: PreTrainedModel, preprocessing: dict[str, Any], mean: Any, deviation: Any) -> Path:
    model.save_pretrained(folder)
    stated = {"do_normalize": True, "do_rescale": True, "do_resize": True, "rescale_factor": 1 / 255}
    stated |= {"image_mean": mean, "image_std": deviation, **preprocessing}
    (folder / "preprocessor_config.json").write_text(json.dumps(stated))
    return folder


def write_sam(folder: Path) -> Path:
    """As facebook/sam-vit-base."""
    size = {"size": {"longest_edge": 128}, "pad_size": {"height": 128, "width": 128}, "resample": 2}
    return _write(folder, tiny_sam(), {"image_processor_type": "SamImageProcessor", **size}, *IMAGENET)


def write_sam2(folder: Path) -> Path:
    """As facebook/sam2.1-hiera-tiny, which has the memory for videos, too."""
    torch.manual_seed(7)
    sizes = {"memory_encoder_output_channels": 8, "memory_attention_hidden_size": 16, "memory_encoder_hidden_size": 16}
    heads = {"memory_attention_num_attention_heads": 1, "memory_attention_feed_forward_hidden_size": 16}
    rest = {"memory_attention_num_layers": 1, "mask_downsampler_embed_dim": 16, "memory_fuser_embed_dim": 16}
    rest |= {"memory_attention_rope_feat_sizes": [8, 8], "image_size": 128, "memory_fuser_intermediate_dim": 16}
    usual = tiny_sam2_config().to_dict()
    parts = {key: usual[key] for key in ("vision_config", "prompt_encoder_config", "mask_decoder_config")}
    model = Sam2VideoModel(Sam2VideoConfig(**parts, **sizes, **heads, **rest))
    vary_masks(model)
    size = {"size": {"height": 128, "width": 128}, "mask_size": {"height": 32, "width": 32}, "resample": 2}
    return _write(folder, model, {"image_processor_type": "Sam2ImageProcessorFast", **size}, *IMAGENET)


def write_embedder(folder: Path, kind: str) -> Path:
    """As google/siglip2-base-patch16-224 and its `naflex` brother, facebook/dinov2-base and facebook/dinov3-vitb16."""
    torch.manual_seed(7)
    square = {"size": {"height": 32, "width": 32}, "resample": 2}
    if kind == "siglip2":
        vision = {**_VISION, "image_size": 32, "patch_size": 8}
        model = SiglipModel(SiglipConfig(vision_config=vision, text_config=_TEXT))
        return _write(folder, model, {"image_processor_type": "SiglipImageProcessor", **square}, *HALVES)
    if kind == "siglip2-naflex":
        vision = {**_VISION, "num_patches": 16, "patch_size": 8}
        model = Siglip2Model(Siglip2Config(vision_config=vision, text_config=_TEXT))
        patches = {"image_processor_type": "Siglip2ImageProcessor", "max_num_patches": 16, "patch_size": 8}
        return _write(folder, model, {**patches, "resample": 2}, *HALVES)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
    if kind == "dinov2":
        crop = {"size": {"shortest_edge": 36}, "crop_size": {"height": 32, "width": 32}, "do_center_crop": True}
        crop |= {"image_processor_type": "BitImageProcessor", "resample": 3}
        return _write(folder, Dinov2Model(Dinov2Config(**sizes)), crop, *IMAGENET)
    model = DINOv3ViTModel(DINOv3ViTConfig(**sizes, intermediate_size=48, num_register_tokens=2))
    return _write(folder, model, {"image_processor_type": "DINOv3ViTImageProcessorFast", **square}, *IMAGENET)
