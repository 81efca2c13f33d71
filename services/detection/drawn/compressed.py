"""Proposals of a drawn pair that was compressed or scanned: what stands out from the pair's own noise.

Compression spreads every edge over its block, so a pixel has to differ more than pixels of similar activity do.
"""

import cv2
import numpy as np

from services.detection.drawn.grouping import Group, group_pixels
from services.detection.evidence.noise import Noise, measure_noise
from services.detection.evidence.view import View
from services.detection.limits import (
    COMPRESSED_CONFIDENCE,
    COMPRESSED_FAINT,
    COMPRESSED_MASS,
    COMPRESSED_PIXELS,
    COMPRESSED_SIGMAS,
    COMPRESSED_SURE,
    COMPRESSED_VISIBLE,
    MOST_FAINT,
    PROPOSALS,
    SPECK_CONFIDENCE,
    SPECKS,
)
from services.detection.proposals.proposal import Proposal, Proposals
from services.imaging.arrays import Flags

_FLAT = 6  # grey levels within a calm place after compression; chosen, not measured
_SIDE = 9  # pixels a side of the smallest faint area; chosen, not measured


def find_compressed(view: View) -> Proposals:
    """Regions of two drawn images that lie in place, each compressed or scanned."""
    noise = measure_noise(view.image1, view.sure2, view.valid)
    visible = (noise.difference > COMPRESSED_VISIBLE) & (noise.score > COMPRESSED_SIGMAS)
    visible |= noise.difference > COMPRESSED_SURE  # where much changed, the pair's noise is overestimated
    faint = _find_faint(view, noise) & ~visible
    levels = np.minimum(noise.difference, 255).astype(np.uint8)
    strong = group_pixels(visible, visible, levels)
    certain = [group for group in strong if group.mass > COMPRESSED_MASS]
    areas = [group for group in group_pixels(faint, faint, levels) if group.pixels >= COMPRESSED_PIXELS]
    doubtful = [group for group in strong if group.mass <= COMPRESSED_MASS]
    proposals = [
        *(_make_proposal(group, COMPRESSED_CONFIDENCE) for group in _loudest(certain + areas, PROPOSALS)),
        *(_make_proposal(group, SPECK_CONFIDENCE) for group in _loudest(doubtful, SPECKS)),
    ]
    return Proposals(proposals, visible | faint)


def _loudest(groups: list[Group], number: int) -> list[Group]:
    return sorted(groups, key=lambda group: -group.mass)[:number]


def _make_proposal(group: Group, confidence: float) -> Proposal:
    return Proposal(group.box, group.pixels, group.mass, confidence)


def _find_faint(view: View, noise: Noise) -> Flags:
    """Calm areas of both images whose colour differs, unless they are most of the page: then its light does."""
    kernel = np.ones((5, 5), np.uint8)
    ranges = [cv2.morphologyEx(image, cv2.MORPH_GRADIENT, kernel).max(2) for image in (view.image1, view.sure2)]
    calm = np.maximum(*ranges) <= _FLAT
    low = calm & (noise.difference >= COMPRESSED_FAINT) & view.valid
    opened = cv2.morphologyEx(low.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_SIDE, _SIDE), np.uint8)) > 0
    return np.asarray(opened if opened.mean() < MOST_FAINT else np.zeros_like(opened), bool)
