"""Segment Anything (arXiv 2304.02643): the masks of an image from a grid of point prompts.

An image is encoded once; all prompts are decoded from that in batches, and masks are selected on the decoder's own
small grid before any is enlarged. Thresholds are those of the package's automatic mask generator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MethodType

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from segment_anything import sam_model_registry
from segment_anything.modeling import Sam
from segment_anything.modeling.image_encoder import Attention, get_rel_pos
from segment_anything.utils.amg import (
    batched_mask_to_box,
    build_point_grid,
    calculate_stability_score,
    remove_small_regions,
)
from torch.nn.functional import scaled_dot_product_attention
from torchvision.ops import nms

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment
from services.gpu.compute import Batches, Compute
from services.imaging.arrays import Flags

_STABILITY_OFFSET = 1.0  # of the logits (the package's default)
_DUPLICATE = 0.7  # IoU of boxes above which the mask with the better predicted IoU stays (the package's default)
_ISLAND = 0.05  # share of a mask below which a disjoint piece, which would stretch the box, is dropped; chosen
_ENLARGED = 16  # masks enlarged at once; chosen, not measured


@dataclass(frozen=True)
class Quality:
    """Which masks are good enough: predicted IoU and stability of the outline, 0..1, and points a side of the grid."""

    iou: float = 0.88
    stability: float = 0.95
    points: int = 32


@dataclass(frozen=True)
class EncodedImage:
    """An image's embedding (1, C, h, w); its size, and its size as the network sees it, both (height, width)."""

    embedding: torch.Tensor
    original: tuple[int, int]
    seen: tuple[int, int]


def build_sam(name: str, tensors: dict[str, torch.Tensor] | None = None) -> Sam:
    """Build a network of the registry, random without tensors; raises ValueError for an unknown name or wrong ones."""
    if name not in sam_model_registry:
        known = ", ".join(sorted(sam_model_registry))
        raise ValueError(f"unknown IMGDIFF_DETECTION_SAM_MODEL {name!r}; known: {known}")
    model = sam_model_registry[name]()
    if tensors is not None:
        try:
            model.load_state_dict(tensors)
        except RuntimeError as error:
            raise ValueError(f"IMGDIFF_DETECTION_SAM_WEIGHTS are not of the model {name}: {error}") from error
    return model


class SamSegmenter:
    """Segments by a network that only the owner thread uses; `halved` is called when a batch had to be halved."""

    def __init__(
        self,
        model: Sam,
        compute: Compute,
        *,
        quality: Quality,
        images_at_once: int,
        prompts_at_once: int,
        halved: Callable[[], None],
    ) -> None:
        self._model = model.to(compute.device).eval()
        self._side = model.image_encoder.img_size
        self._compute = compute
        self._quality = quality
        self._grid = build_point_grid(quality.points)
        self._images = Batches(images_at_once, halved)
        self._prompts = Batches(prompts_at_once, halved)
        self._masks = Batches(_ENLARGED, halved)
        _fuse_attention(self._model)

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        """See `Segmenter`."""
        return [self.decode(image) for part in self._images.run(images, self.encode) for image in part]

    def encode(self, images: Sequence[RGB], real: int) -> list[EncodedImage]:
        """Embed the first `real` images in one batch of all."""
        small = [fit_to_side(image, self._side) for image in images]
        with self._compute.running():
            pixels = [torch.from_numpy(image).to(self._compute.device).permute(2, 0, 1) for image in small]
            batch = torch.stack([self._model.preprocess(image.float()) for image in pixels])
            embeddings = self._model.image_encoder(batch)[:real].float()
        sizes = [(image.shape[:2], fit.shape[:2]) for image, fit in zip(images, small, strict=True)]
        return [
            EncodedImage(embedding[None], original, seen)
            for embedding, (original, seen) in zip(embeddings, sizes[:real], strict=True)
        ]

    def decode(self, image: EncodedImage) -> list[Segment]:
        """Decode the good, distinct masks of one image."""
        points = self._grid * np.array(image.seen[::-1], np.float64)
        parts = self._prompts.run(list(points), lambda rows, real: self.decode_points(image, rows, real))
        with torch.inference_mode():
            logits, quality = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
            best = select_distinct(self._crop_padding(logits, image.seen) > 0, quality)
            logits = logits[best]
            inside = self._crop_padding(logits, image.seen)  # a view
            inside.copy_(remove_islands(inside))
            distinct = select_distinct(inside > 0, quality[best])  # without islands, two masks may be one
            enlarged = self._masks.run(
                list(logits[distinct]), lambda rows, real: self._enlarge(torch.stack(list(rows[:real])), image)
            )
        return [segment for part in enlarged for segment in part]

    def decode_points(
        self, image: EncodedImage, points: Sequence[NDArray[np.float64]], real: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (M, side/4, side/4), above 0 inside, and predicted IoU (M,) of the good masks at the first points."""
        device, model = self._compute.device, self._model
        with torch.inference_mode():  # in full precision: bfloat16 would move a point by several pixels
            places = torch.from_numpy(np.stack(points).astype(np.float32)).to(device)[:, None]
            labels = torch.ones(places.shape[:2], device=device)
            sparse, dense = model.prompt_encoder(points=(places, labels), boxes=None, masks=None)
            positions = model.prompt_encoder.get_dense_pe()
        with self._compute.running():
            logits, quality = model.mask_decoder(
                image_embeddings=image.embedding,
                image_pe=positions,
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=True,
            )
            logits = logits[:real].flatten(0, 1).float() - model.mask_threshold
            quality = quality[:real].flatten().float()
            inside = self._crop_padding(logits, image.seen)
            stable = calculate_stability_score(inside, 0.0, _STABILITY_OFFSET)
            good = (quality > self._quality.iou) & (stable >= self._quality.stability) & (inside > 0).flatten(1).any(1)
            return logits[good], quality[good]

    def _crop_padding(self, logits: torch.Tensor, seen: tuple[int, int]) -> torch.Tensor:
        """Logits without the padding that makes an image square."""
        cell = self._side // logits.shape[-1]
        return logits[..., : -(-seen[0] // cell), : -(-seen[1] // cell)]

    def _enlarge(self, logits: torch.Tensor, image: EncodedImage) -> list[Segment]:
        """Segments in the image's own pixels; a mask that vanishes there is dropped."""
        masks = self._model.postprocess_masks(logits[:, None], image.seen, image.original)[:, 0] > 0
        segments = []
        for mask, (x1, y1, x2, y2) in zip(masks, batched_mask_to_box(masks).tolist(), strict=True):
            inside: Flags = mask[y1 : y2 + 1, x1 : x2 + 1].cpu().numpy()  # the package's boxes hold their last pixel
            if inside.any():
                segments.append(Segment((x1, y1, x2 + 1, y2 + 1), inside))
        return segments


def select_distinct(masks: torch.Tensor, quality: torch.Tensor) -> torch.Tensor:
    """Indices of the masks (M, h, w) whose box no better mask has, the best first."""
    boxes = batched_mask_to_box(masks).float()
    boxes[:, 2:] += 1  # half-open: on this coarse grid the package's boxes of thin things would have no area
    kept: torch.Tensor = nms(boxes, quality, _DUPLICATE)
    return kept


def remove_islands(logits: torch.Tensor) -> torch.Tensor:
    """Logits (M, h, w) with small disjoint pieces of each mask negated."""
    masks = (logits > 0).cpu().numpy()
    stray = np.zeros_like(masks)
    for mask, pieces in zip(masks, stray, strict=True):
        pieces[:] = mask & ~remove_small_regions(mask, _ISLAND * mask.sum(), "islands")[0]
    return logits * (1 - 2 * torch.from_numpy(stray).to(logits.device, logits.dtype))


def fit_to_side(image: RGB, side: int) -> RGB:
    """Resize the longer side to the network's, bilinear and antialiased, as it was trained.

    Where the package would leave nothing of the shorter side, one pixel stays.
    """
    scale = side / max(image.shape[:2])
    height, width = (max(1, int(length * scale + 0.5)) for length in image.shape[:2])
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def _fuse_attention(model: Sam) -> None:
    """Route the encoder's attention through torch's fused kernel, with its relative positions as a bias."""
    for module in model.image_encoder.modules():
        if isinstance(module, Attention):
            module.forward = MethodType(_attend, module)


def _attend(self: Attention, x: torch.Tensor) -> torch.Tensor:
    count, height, width, _ = x.shape
    qkv = self.qkv(x).reshape(count, height * width, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
    query, key, value = qkv.unbind(0)
    bias = None
    if self.use_rel_pos:
        rows = get_rel_pos(height, height, self.rel_pos_h).to(query.dtype)
        columns = get_rel_pos(width, width, self.rel_pos_w).to(query.dtype)
        places = query.reshape(count, self.num_heads, height, width, -1)
        down = torch.einsum("bnhwc,hkc->bnhwk", places, rows)
        across = torch.einsum("bnhwc,wkc->bnhwk", places, columns)
        bias = (down[..., :, None] + across[..., None, :]).reshape(count, self.num_heads, height * width, -1)
    attended = scaled_dot_product_attention(query, key, value, attn_mask=bias)
    joined = attended.transpose(1, 2).reshape(count, height, width, -1)
    projected: torch.Tensor = self.proj(joined)
    return projected
