"""Segment Anything (arXiv 2304.02643), from the hub's folder, or from a file with the hub's names or Meta's."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate, pad
from transformers import SamConfig, SamModel

from imgdiff.images import RGB
from services.detection.backends.automatic_masks import EncodedImage, Points
from services.detection.backends.point_decoder import decode_points
from services.gpu.compute import Compute

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, in Meta's code and on the hub
ARCHITECTURES: dict[str, Callable[[], SamConfig]] = {
    "vit_b": lambda: _configure(768, 12, 12, [2, 5, 8, 11]),
    "vit_l": lambda: _configure(1024, 24, 16, [5, 11, 17, 23]),
    "vit_h": lambda: _configure(1280, 32, 16, [7, 15, 23, 31]),
}
"""The published sizes by Meta's names (segment_anything/build_sam.py)."""
_WIDTHS = "vision_encoder.pos_embed"  # the last axis tells the architectures apart

# Meta's names of tensors, in this order, as regular expressions, and transformers' names of the same.
_RENAMED = (
    (r"^image_encoder\.", "vision_encoder."),
    (r"\.patch_embed\.proj\.", ".patch_embed.projection."),
    (r"\.blocks\.", ".layers."),
    (r"\.norm", ".layer_norm"),
    (r"\.neck\.0\.", ".neck.conv1."),
    (r"\.neck\.1\.", ".neck.layer_norm1."),
    (r"\.neck\.2\.", ".neck.conv2."),
    (r"\.neck\.3\.", ".neck.layer_norm2."),
    (r"\.layer_norm_final_attn\.", ".layer_norm_final_attn."),
    (r"^prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix", "shared_image_embedding.positional_embedding"),
    (r"\.point_embeddings\.", ".point_embed."),
    (r"\.mask_downscaling\.0\.", ".mask_embed.conv1."),
    (r"\.mask_downscaling\.1\.", ".mask_embed.layer_norm1."),
    (r"\.mask_downscaling\.3\.", ".mask_embed.conv2."),
    (r"\.mask_downscaling\.4\.", ".mask_embed.layer_norm2."),
    (r"\.mask_downscaling\.6\.", ".mask_embed.conv3."),
    (r"\.output_upscaling\.0\.", ".upscale_conv1."),
    (r"\.output_upscaling\.1\.", ".upscale_layer_norm."),
    (r"\.output_upscaling\.3\.", ".upscale_conv2."),
)
_STEP = re.compile(r"(.*\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+))\.layers\.(\d+)\.(.*)")


def build_sam(name: str, tensors: Mapping[str, torch.Tensor] | None = None) -> SamModel:
    """A network by Meta's name for its size, random without tensors, or with all of them by name.

    Raises ValueError for an unknown name or tensors of another network.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"unknown IMGDIFF_DETECTION_SAM_MODEL {name!r}; known: {', '.join(sorted(ARCHITECTURES))}")
    if tensors is None:
        return SamModel(ARCHITECTURES[name]()).eval()
    with torch.device("meta"):  # the tensors replace them all
        model = SamModel(ARCHITECTURES[name]())
    try:
        loaded = model.load_state_dict(
            {key: value.float() for key, value in tensors.items()}, strict=False, assign=True
        )
    except RuntimeError as error:
        raise ValueError(f"IMGDIFF_DETECTION_SAM_WEIGHTS are not of the model {name}: {error}") from error
    for wrong, keys in (("lack", loaded.missing_keys), ("should not have", loaded.unexpected_keys)):
        if keys:
            stated = f"{len(keys)} tensors for the model {name}, such as {keys[0]}"
            raise ValueError(f"IMGDIFF_DETECTION_SAM_WEIGHTS {wrong} {stated}")
    return model.eval()


def read_sam(tensors: Mapping[str, torch.Tensor], asked: str = "") -> SamModel:
    """The network of a file's tensors, by the hub's names or Meta's; raises ValueError unless it is the one asked for.

    The size is read from the tensors; `asked` is Meta's name for the size that a setting requires, empty for any.
    """
    named = rename(tensors) if any(name.startswith("image_encoder.") for name in tensors) else dict(tensors)
    positions = "shared_image_embedding.positional_embedding"
    if positions in named:  # stored once, used twice
        named.setdefault("prompt_encoder.shared_embedding.positional_embedding", named[positions])
    width = named[_WIDTHS].shape[-1] if _WIDTHS in named else None
    of_width = {ARCHITECTURES[name]().vision_config.hidden_size: name for name in ARCHITECTURES}
    if width not in of_width:
        held = ", ".join(sorted({name.split(".")[0] for name in tensors})[:8])
        raise ValueError(
            "IMGDIFF_DETECTION_SAM_WEIGHTS are not Segment Anything's (facebook/sam-vit-base, sam-vit-large, "
            f"sam-vit-huge, or Meta's sam_vit_b, sam_vit_l, sam_vit_h converted): the file has {held}"
        )
    found = of_width[width]
    if asked and asked != found:
        raise ValueError(f"IMGDIFF_DETECTION_SAM_MODEL is {asked}, but IMGDIFF_DETECTION_SAM_WEIGHTS are {found}'s")
    return build_sam(found, named)


def rename(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors by Meta's names, under transformers' names."""
    last = dict(sorted(_depths(tensors)))  # the deepest of each head
    named = {}
    for name, tensor in tensors.items():
        step = _STEP.fullmatch(name)
        if step is not None:
            head, number = step[1], int(step[2])
            layer = "proj_in" if number == 0 else "proj_out" if number == last[head] else f"layers.{number - 1}"
            name = f"{head}.{layer}.{step[3]}"  # noqa: PLW2901
        for pattern, replacement in _RENAMED:
            name = re.sub(pattern, replacement, name)  # noqa: PLW2901
        named[name] = tensor
    return named


def _depths(tensors: Mapping[str, torch.Tensor]) -> list[tuple[str, int]]:
    steps = (_STEP.fullmatch(name) for name in tensors)
    return [(step[1], int(step[2])) for step in steps if step is not None]


def _configure(width: int, layers: int, heads: int, whole: list[int]) -> SamConfig:
    vision: dict[str, Any] = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "global_attn_indexes": whole,
    }
    return SamConfig(vision_config=vision)


class SamNetwork:
    """See `PointNetwork`. An image fills the top left of the square, its aspect kept."""

    def __init__(self, model: SamModel, compute: Compute) -> None:
        self._model: Any = compute.place(model).eval()
        self.side: int = model.config.vision_config.image_size
        self._compute = compute
        values = (torch.tensor(one, device=compute.device)[:, None, None] for one in (_MEAN, _DEVIATION))
        self._mean, self._deviation = values

    def encode(self, images: Sequence[RGB], real: int) -> list[EncodedImage]:
        """See `PointNetwork`."""
        small = [fit_to_side(image, self.side) for image in images]
        with self._compute.running():
            features = self._model.vision_encoder(torch.stack([self._pad(image) for image in small]))[0][:real].float()
        return [
            EncodedImage((one[None],), image.shape[:2], fit.shape[:2])
            for one, image, fit in zip(features, images[:real], small[:real], strict=True)
        ]

    def _pad(self, image: RGB) -> torch.Tensor:
        pixels = torch.from_numpy(image).to(self._compute.device).permute(2, 0, 1).float() / 255
        height, width = image.shape[:2]
        return pad((pixels - self._mean) / self._deviation, (0, self.side - width, 0, self.side - height))

    def decode(self, image: EncodedImage, points: Sequence[Points]) -> tuple[torch.Tensor, torch.Tensor]:
        """See `PointNetwork`."""
        return decode_points(self._model, self._compute, image, points)

    def enlarge(self, logits: torch.Tensor, image: EncodedImage) -> torch.Tensor:
        """See `PointNetwork`."""
        whole = interpolate(logits[:, None], (self.side, self.side), mode="bilinear", align_corners=False)
        seen = whole[..., : image.seen[0], : image.seen[1]]
        return interpolate(seen, image.original, mode="bilinear", align_corners=False)[:, 0]


def fit_to_side(image: RGB, side: int) -> RGB:
    """Resize the longer side to the network's, bilinear and antialiased, as it was trained.

    Where the package would leave nothing of the shorter side, one pixel stays.
    """
    scale = side / max(image.shape[:2])
    height, width = (max(1, int(length * scale + 0.5)) for length in image.shape[:2])
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
