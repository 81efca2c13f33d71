"""Folders of tiny random detectors of nouns, laid out as the hub has those of the large ones."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    BertTokenizer,
    CLIPTokenizer,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
    Sam3TrackerVideoConfig,
    Sam3VideoConfig,
    Sam3VideoModel,
)

from tests.services.gpu.layouts import rename_tensors

_WIDTH = 32
_SMALL = {"hidden_size": _WIDTH, "num_attention_heads": 2, "intermediate_size": 32}
_BACKBONE = {
    "model_type": "sam3_vit_model",
    **_SMALL,
    "num_hidden_layers": 2,
    "image_size": 112,
    "patch_size": 14,
    "window_size": 4,
    "global_attn_indexes": [1],
    "pretrain_image_size": 56,
}
_VISION = {
    "model_type": "sam3_vision_model",
    "backbone_config": _BACKBONE,
    "fpn_hidden_size": _WIDTH,
    "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
}
_TEXT = {
    "model_type": "clip_text_model",
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 54,
    "max_position_embeddings": 32,
    "projection_dim": 16,
    "bos_token_id": 52,
    "eos_token_id": 53,
    "pad_token_id": 53,
}
_DETECTOR = {
    "model_type": "sam3",
    "vision_config": _VISION,
    "text_config": _TEXT,
    "geometry_encoder_config": {**_SMALL, "num_layers": 1},
    "detr_encoder_config": {**_SMALL, "num_layers": 1},
    "detr_decoder_config": {**_SMALL, "num_layers": 2, "num_queries": 8},
    "mask_decoder_config": {"hidden_size": _WIDTH, "num_attention_heads": 2},
}
_TRACKER = {
    "vision_config": _VISION,
    "prompt_encoder_config": {"hidden_size": _WIDTH, "image_size": 112, "patch_size": 14, "mask_input_channels": 4},
    "mask_decoder_config": {
        "hidden_size": _WIDTH,
        "mlp_dim": 32,
        "num_attention_heads": 2,
        "iou_head_depth": 3,
        "iou_head_hidden_dim": 16,
    },
    "image_size": 112,
    "memory_attention_hidden_size": _WIDTH,
    "memory_attention_num_layers": 1,
    "memory_attention_num_attention_heads": 1,
    "memory_attention_feed_forward_hidden_size": 16,
    "memory_encoder_hidden_size": _WIDTH,
    "memory_encoder_output_channels": 8,
    "mask_downsampler_embed_dim": _WIDTH,
    "memory_fuser_embed_dim": _WIDTH,
    "memory_fuser_intermediate_dim": 16,
    "memory_attention_rope_feat_sizes": [8, 8],
}
_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "dog", "cat", "the", "a", "car", "boat", "plane"]


def write_sam3(folder: Path) -> Path:
    """As facebook/sam3, which has the memory for videos, too. Random networks are sure of nothing: this one of all."""
    torch.manual_seed(7)
    tracker = Sam3TrackerVideoConfig(**_TRACKER).to_dict()
    model = Sam3VideoModel(Sam3VideoConfig(detector_config=_DETECTOR, tracker_config=tracker))
    presence = model.detector_model.detr_decoder.presence_head
    for name, values in (*model.detector_model.mask_decoder.named_parameters(), *_heads(model)):
        if values.dim() > 1:
            torch.nn.init.normal_(values, std=0.3)
        elif name.endswith("bias"):
            torch.nn.init.zeros_(values)
    list(presence.parameters())[-1].data.fill_(8.0)
    model.save_pretrained(folder)
    rename_tensors(
        folder / "model.safetensors", lambda name: name.replace("tracker_model.tracker_model.", "tracker_model.")
    )
    letters = [chr(ord("a") + at) for at in range(26)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    CLIPTokenizer(vocab={token: at for at, token in enumerate(tokens)}, merges=[]).save_pretrained(folder)
    size = {"size": {"height": 112, "width": 112}, "mask_size": {"height": 32, "width": 32}, "resample": 2}
    stated = {"image_processor_type": "Sam3ImageProcessorFast", **size, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": stated, "target_size": 112}))
    return folder


def _heads(model: Any) -> list[tuple[str, torch.Tensor]]:
    return [
        *model.detector_model.dot_product_scoring.named_parameters(),
        *model.detector_model.text_projection.named_parameters(),
        *model.detector_model.text_encoder.named_parameters(),
    ]


def write_grounding_dino(folder: Path) -> Path:
    """As openmmlab-community/mm_grounding_dino_tiny_o365v1_goldg. Random networks find nothing: this one all."""
    torch.manual_seed(7)
    swin = {"model_type": "swin", "embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]}
    bert = {"model_type": "bert", "vocab_size": len(_WORDS), "hidden_size": 16, "num_hidden_layers": 1}
    config = MMGroundingDinoConfig(
        backbone_config={**swin, "window_size": 4, "image_size": 64, "out_indices": [2, 3, 4]},
        text_config={**bert, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 32},
        d_model=32,
        num_queries=12,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        max_text_len=16,
    )
    model = MMGroundingDinoForObjectDetection(config)
    for name, values in model.named_parameters():
        if "class_embed" in name and name.endswith("bias"):
            values.data.fill_(0.5)
        elif "bbox_embed" in name and values.dim() > 1:
            torch.nn.init.normal_(values, std=0.2)
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(_WORDS))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"size": {"shortest_edge": 64, "longest_edge": 96}, "resample": 2, "do_resize": True}
    mean = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
    stated = {"image_processor_type": "GroundingDinoImageProcessor", **size, **mean}
    (folder / "preprocessor_config.json").write_text(json.dumps(stated))
    return folder
