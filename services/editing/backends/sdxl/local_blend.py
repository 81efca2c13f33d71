"""Local blend: away from the attention to the exchanged nouns, the edit's latents are the base's.

Memory holds one running sum of maps for each image, however many steps and layers there are.
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import interpolate, max_pool2d, scaled_dot_product_attention

from services.editing.generation.prompt_to_prompt.plans import POSITIONS, PairPlan

THRESHOLD = 0.3  # of the map's maximum; Prompt-to-Prompt's code
LARGEST_GRID = 32  # cells of the summed map's longer side; chosen, not measured


class LocalBlend:
    """For N pairs with latents of height x width; `maps` (2N x 1 x h x w) sum the attention to their nouns.

    It finds the place of the nouns whether or not latents are blended.
    """

    def __init__(
        self, plans: Sequence[PairPlan], size: tuple[int, int], device: torch.device, *, threshold: float = THRESHOLD
    ) -> None:
        self.pairs, self._size, self._threshold = len(plans), size, threshold
        chosen = [plan.edit.before for plan in plans] + [plan.edit.after for plan in plans]
        marks = torch.zeros(2 * len(plans), POSITIONS)
        for row, places in enumerate(chosen):
            marks[row, list(places)] = 1
        self._marks = marks.to(device)  # 2N x 77
        scale = min(1.0, LARGEST_GRID / max(size))
        grid = [max(1, round(side * scale)) for side in size]
        self.maps = torch.zeros((2 * len(plans), 1, *grid), device=device)

    def add(self, query: torch.Tensor, key: torch.Tensor) -> None:
        """Add a layer's attention to the nouns: queries 2N x heads x pixels x d, keys 2N x heads x 77 x d."""
        values = torch.zeros_like(key)  # as wide as the keys, as fused kernels require
        values[..., 0] = self._marks[:, None].to(key.dtype)
        attended = scaled_dot_product_attention(query, key, values)[..., 0].float().mean(1)
        maps = attended.reshape(len(attended), 1, *self._grid(query.shape[2]))
        self.maps += interpolate(maps, self.maps.shape[2:], mode="bilinear", antialias=True)

    def _grid(self, pixels: int) -> tuple[int, int]:
        """Height and width of a layer's grid: each level of the UNet halves them, rounding up."""
        height, width = self._size
        while height * width > pixels:
            height, width = -(-height // 2), -(-width // 2)
        return height, width

    def inside(self) -> torch.Tensor:
        """Where the edit may differ: N x 1 x height x width, boolean; everywhere if no noun has a map."""
        largest = interpolate(max_pool2d(self.maps, 3, 1, 1), self._size)
        seen = largest > self._threshold * largest.amax((2, 3), keepdim=True)
        bases, edits = seen.chunk(2)
        place = bases | edits
        return place | ~place.flatten(1).any(1)[:, None, None, None]

    def blend(self, latents: torch.Tensor) -> None:
        """Copy the base's latents outside; rows are N bases, then N edits."""
        bases, edits = latents.chunk(2)
        edits.copy_(torch.where(self.inside(), edits, bases))
