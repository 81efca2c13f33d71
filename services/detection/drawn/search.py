"""The proposals of a drawn pair without compression: every visible pixel counts, and no network runs."""

from collections.abc import Iterator

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.drawn.difference import Levels, measure_unexplained
from services.detection.drawn.grouping import Group, group_pixels
from services.detection.drawn.palette import Codes, Palette, encode, fit_palette
from services.detection.drawn.tone import describe_tone
from services.detection.evidence.antialiasing import find_antialiased
from services.detection.limits import (
    DRAWN_CONFIDENCE,
    FAINT_FLAT,
    FAINT_FLAT_CONFIDENCE,
    FAINT_FLAT_PIXELS,
    PROPOSALS,
    SPECK_CONFIDENCE,
    SPECKS,
    SURE_MASS,
    VISIBLE,
)
from services.detection.proposals.proposal import Proposal, Proposals
from services.imaging.arrays import Flags
from services.imaging.channels import take_worst


def find_drawn(image1: RGB, image2: RGB) -> Proposals:
    """Regions of two renderings of one size, height x width x 3."""
    codes1, codes2 = encode(image1), encode(image2)
    palette = fit_palette(codes1, codes2)
    difference, certain = measure_unexplained(image1, image2, codes1, palette)
    faint = np.zeros(difference.shape, bool) if palette.is_tone else _find_faint(image1, image2, difference)
    visible = (difference > VISIBLE) & ~faint
    sure = visible & certain & ~find_antialiased(image1, image2, visible)
    strong = group_pixels(visible, sure, difference)
    weak = [group for group in group_pixels(faint, faint, difference) if group.pixels >= FAINT_FLAT_PIXELS]
    changed, areas = visible | faint, []
    for here, levels in _find_areas(codes1, codes2, palette):
        areas += [group for group in group_pixels(here, here, levels) if group.pixels >= FAINT_FLAT_PIXELS]
        changed |= here
    return Proposals(_propose(strong, weak, areas), changed, changes=describe_tone(palette))


def _propose(strong: list[Group], weak: list[Group], areas: list[Group]) -> list[Proposal]:
    certain = sorted((group for group in strong if group.sure > SURE_MASS), key=lambda group: -group.mass)
    doubtful = sorted((group for group in strong if group.sure <= SURE_MASS), key=lambda group: -group.mass)
    return [
        *(_make_proposal(group, DRAWN_CONFIDENCE) for group in (*areas, *certain[:PROPOSALS])),
        *(_make_proposal(group, FAINT_FLAT_CONFIDENCE) for group in weak[:PROPOSALS]),
        *(_make_proposal(group, SPECK_CONFIDENCE) for group in doubtful[:SPECKS]),
    ]


def _make_proposal(group: Group, confidence: float) -> Proposal:
    return Proposal(group.box, group.pixels, group.mass, confidence)


def _find_areas(codes1: Codes, codes2: Codes, palette: Palette) -> Iterator[tuple[Flags, Levels]]:
    """Where each colour that covers much of the page became another, and by how many grey levels."""
    for colour in () if palette.is_tone else palette.colours:
        here = (codes1 == colour.code) & (codes2 == colour.target)
        yield here, np.full(here.shape, colour.shift, np.uint8)


def _find_faint(image1: RGB, image2: RGB, difference: Levels) -> Flags:
    """Pixels inside flat areas of both images that differ by less than a visible edge does."""
    low = (difference >= FAINT_FLAT) & (difference <= VISIBLE)
    if not low.any():
        return low
    return low & _find_flat(image1) & _find_flat(image2)


def _find_flat(image: RGB) -> Flags:
    """Pixels whose eight neighbours differ by at most one grey level."""
    return np.asarray(take_worst(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))) <= 1)
