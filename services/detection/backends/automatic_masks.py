"""Automatic masks: every object of an image from a grid of point prompts, over any network of the SAM family.

An image is encoded once; all prompts are decoded from that in batches, and masks are selected on the decoder's own
small grid before any is enlarged. Thresholds are those of Segment Anything's automatic mask generator (arXiv
2304.02643), whose helpers are used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from segment_anything.utils.amg import (
    batched_mask_to_box,
    build_point_grid,
    calculate_stability_score,
    remove_small_regions,
)
from torchvision.ops import nms

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment
from services.gpu.compute import Batches
from services.imaging.arrays import Flags

_STABILITY_OFFSET = 1.0  # of the logits (the package's default)
_DUPLICATE = 0.7  # IoU of boxes above which the mask with the better predicted IoU stays (the package's default)
_ISLAND = 0.05  # share of a mask below which a disjoint piece, which would stretch the box, is dropped; chosen
_ENLARGED = 16  # masks enlarged at once; chosen, not measured

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """Which masks are good enough: predicted IoU and stability of the outline, 0..1, and points a side of the grid."""

    iou: float = 0.88
    stability: float = 0.95
    points: int = 32


@dataclass(frozen=True)
class EncodedImage:
    """An image's features (1, C, h, w), the coarsest last; its size, and its size as the network sees it, without
    padding, both (height, width).
    """

    features: tuple[torch.Tensor, ...]
    original: tuple[int, int]
    seen: tuple[int, int]


class PointNetwork(Protocol):
    """A network that is asked for the masks at a point; only the owner thread uses it."""

    side: int
    """Pixels a side of the square that it sees."""

    def encode(self, images: Sequence[RGB], real: int) -> list[EncodedImage]:
        """Encode the first `real` images in one batch of all; a network for `Batches`."""

    def decode(self, image: EncodedImage, points: Sequence[Points]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (P, M, h, w), above 0 inside, and predicted IoU (P, M) of the masks at points (x, y) of `seen`."""

    def enlarge(self, logits: torch.Tensor, image: EncodedImage) -> torch.Tensor:
        """Logits (N, h, w) in the image's own pixels."""


class AutomaticMaskSegmenter:
    """Segments by a network that only the owner thread uses; `halved` is called when a batch had to be halved.

    The memory of an image's masks is bounded by those of all prompts: 0.8 GB for 32 points a side at 256 x 256.
    """

    def __init__(
        self,
        network: PointNetwork,
        *,
        quality: Quality,
        images_at_once: int,
        prompts_at_once: int,
        halved: Callable[[], None],
    ) -> None:
        self._network = network
        self._quality = quality
        self._grid: Points = build_point_grid(quality.points)
        self._images = Batches(images_at_once, halved)
        self._prompts = Batches(prompts_at_once, halved)
        self._masks = Batches(_ENLARGED, halved)

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        """See `Segmenter`."""
        return [self.decode(image) for part in self._images.run(images, self.encode) for image in part]

    def encode(self, images: Sequence[RGB], real: int) -> list[EncodedImage]:
        """Encode the first `real` images."""
        return self._network.encode(images, real)

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
        self, image: EncodedImage, points: Sequence[Points], real: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (M, h, w), above 0 inside, and predicted IoU (M,) of the good masks at the first points."""
        logits, quality = self._network.decode(image, points)
        with torch.inference_mode():
            logits, quality = logits[:real].flatten(0, 1), quality[:real].flatten()
            inside = self._crop_padding(logits, image.seen)
            stable = calculate_stability_score(inside, 0.0, _STABILITY_OFFSET)
            good = (quality > self._quality.iou) & (stable >= self._quality.stability) & (inside > 0).flatten(1).any(1)
            return logits[good], quality[good]

    def _crop_padding(self, logits: torch.Tensor, seen: tuple[int, int]) -> torch.Tensor:
        """Logits without the padding that makes an image square."""
        cell = self._network.side // logits.shape[-1]
        return logits[..., : -(-seen[0] // cell), : -(-seen[1] // cell)]

    def _enlarge(self, logits: torch.Tensor, image: EncodedImage) -> list[Segment]:
        return cut_segments(self._network.enlarge(logits, image) > 0)


def cut_segments(masks: torch.Tensor) -> list[Segment]:
    """Segments of masks (N, height, width) in an image's own pixels, in order; an empty mask is dropped."""
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
