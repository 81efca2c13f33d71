"""Tiny random networks named `tiny`: every module of the large ones, in milliseconds on a CPU."""

import json
import tempfile
from pathlib import Path

import torch
from open_clip import add_model_config
from segment_anything import sam_model_registry
from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 1},
}


def _tiny_sam() -> Sam:
    """Segment Anything with every module of the large ones, for images of 128 pixels a side."""
    side, patch, width = 128, 16, 16
    grid = (side // patch, side // patch)
    encoder = ImageEncoderViT(
        img_size=side,
        patch_size=patch,
        embed_dim=32,
        depth=2,
        num_heads=2,
        out_chans=width,
        use_rel_pos=True,
        window_size=4,
        global_attn_indexes=(1,),
    )
    prompts = PromptEncoder(embed_dim=width, image_embedding_size=grid, input_image_size=(side, side), mask_in_chans=4)
    transformer = TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=32, num_heads=2)
    decoder = MaskDecoder(transformer_dim=width, transformer=transformer, iou_head_depth=2, iou_head_hidden_dim=16)
    model = Sam(encoder, prompts, decoder).eval()
    for name, values in model.named_parameters():  # initialised, all its masks would be alike and its positions zeros
        if "iou_prediction" not in name and (values.dim() > 1 or "rel_pos" in name):
            torch.nn.init.normal_(values, std=0.5)
    for layer in (
        decoder.output_upscaling[0],
        decoder.output_upscaling[3],
    ):  # otherwise neighbouring pixels would be unrelated
        layer.weight.data[:] = layer.weight.data[:, :, :1, :1].clone()
    model.mask_threshold = 0.5  # above most of its logits: at 0 every mask would fill the image
    return model


def register_tiny() -> None:
    """Register `tiny` as an architecture of segment_anything and open_clip."""
    sam_model_registry["tiny"] = _tiny_sam
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tiny.json"
        config.write_text(json.dumps(_CLIP))
        add_model_config(config)
