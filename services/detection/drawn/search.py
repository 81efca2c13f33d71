"""The proposals of a drawn pair without compression: every visible pixel counts, and no network runs."""

from collections.abc import Iterator
from functools import reduce

import cv2
import numpy as np

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange
from services.detection.drawn.difference import measure_unexplained
from services.detection.drawn.grouping import Group, group_pixels
from services.detection.drawn.joining import find_parts
from services.detection.drawn.palette import Codes, Palette, encode, fit_palette
from services.detection.drawn.shifts import Shifted, find_shift
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
from services.imaging.arrays import Flags, Levels
from services.imaging.channels import take_worst


def find_drawn(image1: RGB, image2: RGB) -> Proposals:
    """Regions of two renderings of one size, height x width x 3."""
    codes1, codes2 = encode(image1), encode(image2)
    palette = fit_palette(codes1, codes2)
    difference, certain, changes = _measure((image1, image2), (codes1, codes2), palette)
    faint = np.zeros(difference.shape, bool) if palette.is_tone else _find_faint(image1, image2, difference)
    visible = (difference > VISIBLE) & ~faint
    shifted, explained = ([], np.zeros_like(faint)) if palette.is_tone else find_shift(image1, image2, visible | faint)
    visible, faint = visible & ~explained, faint & ~explained
    sure = visible & certain & ~find_antialiased(image1, image2, visible)
    strong = group_pixels(visible, sure, difference)
    weak = [group for group in group_pixels(faint, faint, difference) if group.pixels >= FAINT_FLAT_PIXELS]
    changed, areas = visible | faint | explained, []
    for place, levels in _find_areas(codes1, codes2, palette):
        here = place & ~explained
        areas += [group for group in group_pixels(here, here, levels) if group.pixels >= FAINT_FLAT_PIXELS]
        changed |= here
    proposals = _propose(strong, weak, areas)
    parts = find_parts([one.box for one in proposals], changed)
    joined = [reduce(Proposal.join, (proposals[at] for at in part)) for part in parts]
    shifts = [_make_shift(one) for one in shifted]
    return Proposals([*shifts, *joined, *_doubt(strong)], changed, changes=changes)


def _measure(
    images: tuple[RGB, RGB], codes: tuple[Codes, Codes], palette: Palette
) -> tuple[Levels, Flags, tuple[PairChange, ...]]:
    """Grey levels that no palette explains, where that is certain, and what is said of the palette."""
    difference, certain = measure_unexplained(*images, codes[0], palette)
    if not palette.is_tone or palette.line is not None:
        return difference, certain, describe_tone(palette)
    back = fit_palette(codes[1], codes[0])
    if not back.is_tone:
        return difference, certain, describe_tone(palette)
    difference_back, certain_back = measure_unexplained(images[1], images[0], codes[1], back)
    if back.line is not None:  # a page that was dimmed no longer is: what lay over it was not dimmed
        return difference_back, certain_back, describe_tone(back, backwards=True)
    # Two colours of one theme may be one of the other: what either direction explains is no change.
    return np.minimum(difference, difference_back), certain & certain_back, describe_tone(palette)


def _propose(strong: list[Group], weak: list[Group], areas: list[Group]) -> list[Proposal]:
    certain = sorted((group for group in strong if group.sure > SURE_MASS), key=lambda group: -group.mass)
    return [
        *(_make_proposal(group, DRAWN_CONFIDENCE) for group in (*areas, *certain[:PROPOSALS])),
        *(_make_proposal(group, FAINT_FLAT_CONFIDENCE) for group in weak[:PROPOSALS]),
    ]


def _make_shift(one: Shifted) -> Proposal:
    pixels = area(one.box)
    return Proposal(one.box, pixels, 255.0 * pixels, DRAWN_CONFIDENCE, change=one.change, moved_to=one.moved_to)


def _doubt(strong: list[Group]) -> list[Proposal]:
    doubtful = sorted((group for group in strong if group.sure <= SURE_MASS), key=lambda group: -group.mass)
    return [_make_proposal(group, SPECK_CONFIDENCE) for group in doubtful[:SPECKS]]


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
