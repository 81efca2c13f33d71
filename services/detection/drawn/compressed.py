"""Proposals of two captures of a drawn page: one was compressed, scanned, scaled or rendered anew.

Both are brought to one tone and sharpness; then a place counts where their structure differs under every small shift.
"""

import itertools
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.boxes import shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.drawn.capture import describe_capture
from services.detection.drawn.grouping import Group, group_pixels
from services.detection.drawn.matching import match_quality
from services.detection.drawn.mismatch import STILL, Reach, measure_mismatch
from services.detection.evidence.view import View
from services.detection.limits import (
    COMPRESSED_CONFIDENCE,
    COMPRESSED_DOUBTED,
    COMPRESSED_MASS,
    MISMATCH,
    MISMATCH_CERTAIN,
    MISMATCH_NOISE,
    MISMATCH_NOISE_IN_PLACE,
    MISMATCH_NOISE_SCALED,
    MISMATCH_REACHES,
    MISMATCH_REACHES_SCALED,
    PROPOSALS,
    SAME_SCALE,
    SPECK_CONFIDENCE,
    SPECKS,
)
from services.detection.proposals.proposal import Proposal, Proposals
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.channels import take_worst
from services.imaging.masks import bounds

_TILE, _AROUND = 128, 20  # pixels a side of a tile that is searched for a shift, and around it; chosen, not measured
_BORDER = 4  # pixels beside what is not seen that a warp blurs; chosen, not measured
_PEAK, _NEAR = 0.5, 15  # share of the largest difference within so many pixels from which a pixel is changed; chosen
_WIDER = 7  # pixels a side by which a flagged place grows, since the window weakens its border; chosen, not measured
_LEAST = 8  # grey levels of a changed pixel at least; chosen, not measured


def find_compressed(view: View, scale: float) -> Proposals:
    """Regions of two drawn images on one grid, where image2 has `scale` pixels for each of image1's side."""
    treatment = match_quality(view.image1, view.raw2, view.valid)
    image1 = treatment.apply(view.image1) if treatment.image == 1 else view.image1
    image2 = treatment.apply(view.raw2) if treatment.image == 2 else view.raw2
    still = view.exact and not treatment.blur
    if still:
        coarse = MISMATCH_NOISE_IN_PLACE * (100 / treatment.quality) ** 2
        mismatch = _measure(image1, image2, view.valid, coarse, ())
    elif abs(scale - 1) < SAME_SCALE:
        mismatch = _measure(image1, image2, _shrink_border(view.valid), MISMATCH_NOISE, MISMATCH_REACHES)
    else:
        mismatch = _measure(image1, image2, _shrink_border(view.valid), MISMATCH_NOISE_SCALED, MISMATCH_REACHES_SCALED)
    levels = take_worst(cv2.absdiff(image1, image2))
    changed = _find_pixels(mismatch > MISMATCH, levels)
    groups = sorted(group_pixels(changed, changed, levels), key=lambda group: -group.mass)
    strong = [group for group in groups if group.mass > COMPRESSED_MASS][:PROPOSALS]
    weak = [group for group in groups if group.mass <= COMPRESSED_MASS][:SPECKS]
    items = [*(_propose(group, mismatch) for group in strong), *(_make(group, SPECK_CONFIDENCE) for group in weak)]
    return Proposals(items, changed, changes=tuple(describe_capture(view, treatment)))


def _propose(group: Group, mismatch: Floats) -> Proposal:
    certain = float(mismatch[window(group.box)].max()) > MISMATCH_CERTAIN
    return _make(group, COMPRESSED_CONFIDENCE if certain else COMPRESSED_DOUBTED)


def _make(group: Group, confidence: float) -> Proposal:
    return Proposal(group.box, group.pixels, group.mass, confidence)


def _measure(image1: RGB, image2: RGB, seen: Flags, noise: float, reaches: Sequence[Reach]) -> Floats:
    """The mismatch; where there is one, under the shift within each reach in turn that leaves least."""
    mismatch = measure_mismatch(image1, image2, noise, STILL)
    mismatch[~seen] = 0
    for reach in reaches:
        for tile, around in _take_tiles(mismatch > MISMATCH):
            part = measure_mismatch(image1[window(around)], image2[window(around)], noise, reach)
            inside = part[tile[1] - around[1] : tile[3] - around[1], tile[0] - around[0] : tile[2] - around[0]]
            mismatch[window(tile)] = np.minimum(mismatch[window(tile)], inside)
    return mismatch


def _take_tiles(flags: Flags) -> Iterator[tuple[Box, Box]]:
    """The box around the flags of each tile that has any, and the same with what is around it."""
    height, width = flags.shape
    for y, x in itertools.product(range(0, height, _TILE), range(0, width, _TILE)):
        part = flags[y : y + _TILE, x : x + _TILE]
        if part.any():
            tile = shift(bounds(part), x, y)
            yield tile, grow(tile, _AROUND, flags.shape)


def _shrink_border(valid: Flags) -> Flags:
    """What is seen, without the border that resampling blurs."""
    kernel = np.ones((2 * _BORDER + 1, 2 * _BORDER + 1), np.uint8)
    return np.asarray(cv2.erode(valid.astype(np.uint8), kernel, borderValue=0) > 0)


def _find_pixels(flags: Flags, levels: NDArray[np.uint8]) -> Flags:
    """The pixels of flagged places that differ most there, so that boxes are tight."""
    near = cv2.dilate(flags.astype(np.uint8), np.ones((_WIDER, _WIDER), np.uint8)) > 0
    inside = np.where(near, levels, 0).astype(np.uint8)
    peak = cv2.dilate(inside, np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8))
    return np.asarray(near & (levels >= np.maximum(_LEAST, _PEAK * peak)))
