"""An edit as records state it, with its scores: what is detected at its place, and how far the rest stayed the same."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Edit, EditScores
from imgdiff.stages import EditingRequest
from services.imaging.arrays import Flags
from services.imaging.masks import bounds, encode_mask, split_parts
from services.imaging.resizing import resize
from services.networks.perceptual import SMALLEST_SIDE, Lpips

MOST_PSNR = 99.0  # dB, reported for equal pixels; a convention
_LONGEST_SIDE = 640  # pixels at which two pictures are compared; chosen, not measured


def describe_edit(
    request: EditingRequest, mask: Flags, before: str | None, after: str | None, scores: EditScores
) -> Edit:
    """The edit of the pixels inside the mask (H x W); `before` and `after` name the old and the new thing."""
    return Edit(
        operation=request.operation,
        box=bounds(mask),
        boxes=split_parts(mask),
        mask=encode_mask(mask),
        before=before,
        after=after,
        seed=request.seed,
        index=request.index,
        round=request.round,
        scores=scores,
    )


def score_edit(
    images: tuple[RGB, RGB], mask: Flags, before: float | None, after: float | None, lpips: Lpips | None = None
) -> EditScores:
    """Scores of an edit inside the mask (H x W); `before` and `after` are detection scores of the old and new thing."""
    psnr = outside_psnr(*images, mask)
    perceptual = 0.0 if psnr == MOST_PSNR else lpips and outside_perceptual(*images, mask, lpips)
    return EditScores(before=before, after=after, outside_psnr=round(psnr, 2), outside_perceptual=perceptual)


def outside_psnr(before: RGB, after: RGB, mask: Flags) -> float:
    """Peak signal-to-noise ratio in dB of the pixels outside the mask (H x W); 99 where they are equal."""
    outside = ~mask
    if not outside.any():
        return MOST_PSNR
    error = float(((before[outside].astype(np.float32) - after[outside].astype(np.float32)) ** 2).mean())
    return MOST_PSNR if error == 0 else min(MOST_PSNR, float(10 * np.log10(255**2 / error)))


def outside_perceptual(before: RGB, after: RGB, mask: Flags, lpips: Lpips) -> float:
    """LPIPS of the two pictures (H x W x 3, one size) with the mask's pixels of `before` in both; 0 is equal."""
    if np.array_equal(before[~mask], after[~mask]):
        return 0.0
    same = np.where(mask[..., None], before, after)
    scale = min(1.0, _LONGEST_SIDE / max(mask.shape))
    rows, columns = (max(SMALLEST_SIDE, round(side * scale)) for side in mask.shape)
    return max(0.0, lpips(resize(before, rows, columns), resize(same, rows, columns)).score)
