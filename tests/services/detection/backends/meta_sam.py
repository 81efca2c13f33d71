"""Segment Anything as its own package builds it, tiny: the reference for our masks, and Meta's names of tensors."""

import torch
from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer


def meta_sam() -> Sam:
    """The network of `tiny_sam`, random, for images of 128 pixels a side."""
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
    decoder = MaskDecoder(transformer_dim=width, transformer=transformer, iou_head_depth=3, iou_head_hidden_dim=16)
    model = Sam(encoder, prompts, decoder).eval()
    for name, values in model.named_parameters():  # initialised, all its masks would be alike and its positions zeros
        if "iou_prediction" not in name and (values.dim() > 1 or "rel_pos" in name):
            torch.nn.init.normal_(values, std=0.5)
        if "output_hypernetworks" in name and name.endswith("layers.2.bias"):
            torch.nn.init.constant_(values, -0.5)
    prompts.pe_layer.positional_encoding_gaussian_matrix *= 4  # or neighbouring points would get the same masks
    for layer in (decoder.output_upscaling[0], decoder.output_upscaling[3]):
        layer.weight.data[:] = layer.weight.data[:, :, :1, :1].clone()  # or neighbouring pixels would be unrelated
    return model
