"""The image tower of CLIP from the names of transformers to those of OpenCLIP, so that both sides run equal weights."""

from pathlib import Path

import torch
from safetensors.torch import load_file

_OUTER = {
    "vision_model.embeddings.class_embedding": "class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "positional_embedding",
    "vision_model.pre_layrnorm": "ln_pre",
    "vision_model.post_layernorm": "ln_post",
}
_INNER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
_LAYER = "vision_model.encoder.layers."


def load_tower(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of `model.visual` in OpenCLIP, from a folder that transformers' CLIPModel was saved to."""
    given = load_file(folder / "model.safetensors")
    tower = {"proj": given["visual_projection.weight"].T.contiguous()}
    for name, values in given.items():
        if name.startswith(_LAYER):
            number, _, rest = name.removeprefix(_LAYER).partition(".")
            found = _rename(rest, _INNER)
            if found is not None:
                tower[f"transformer.resblocks.{number}.{found}"] = values
        elif (found := _rename(name, _OUTER)) is not None:
            tower[found] = values
    for layer in {name.removeprefix(_LAYER).partition(".")[0] for name in given if name.startswith(_LAYER)}:
        for kind in ("weight", "bias"):
            parts = [given[f"{_LAYER}{layer}.self_attn.{part}_proj.{kind}"] for part in "qkv"]
            tower[f"transformer.resblocks.{layer}.attn.in_proj_{kind}"] = torch.cat(parts)
    return tower


def _rename(name: str, names: dict[str, str]) -> str | None:
    for old, new in names.items():
        if name == old:
            return new
        if name.startswith(f"{old}."):
            return new + name.removeprefix(old)
    return None
