"""The proposals of a pair: from its pixels, its change map, or the segments of a scene without a transform."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from imgdiff.stages import Content
from services.detection.evidence import change_map
from services.detection.evidence.change_maps import ChangeMaps
from services.detection.evidence.local_shifts import is_shifted
from services.detection.evidence.noise import Noise, measure_noise
from services.detection.evidence.small_changes import SURE, find_small_changes
from services.detection.evidence.view import View
from services.detection.feature_extractor import FeatureExtractor
from services.detection.limits import (
    FAINT_CONFIDENCE,
    LIKELY,
    LONE_CONFIDENCE,
    PART,
    SHIFTED_CONFIDENCE,
    UNALIGNED_LIGHT,
    UNDERSTOOD_LIGHT,
    WORTH_NETWORKS,
)
from services.detection.pair import Pair
from services.detection.proposals.confidence import is_visible, rate
from services.detection.proposals.grouping import Group, group_cells
from services.detection.proposals.proposal import Proposal, Proposals, join_near, propose_groups, propose_pixels
from services.detection.proposals.unaligned_objects import find_unaligned
from services.detection.registration.illumination import measure_unexplained
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import window

_REACH = 0.35  # of their size, within which pieces of a small change are one; chosen, not measured


def find_proposals(pair: Pair, extractor: FeatureExtractor) -> Proposals:
    """By pixels for one capture and for drawn images; by the change map for two captures of a scene."""
    view = pair.view
    if view.content is Content.PHOTO and not view.exact:
        unaligned = None if pair.transform.trusted else _find_unaligned(pair, extractor)
        return unaligned or _find_by_map(pair, extractor)
    items = propose_pixels(pair.evidence, view.content)
    if not view.exact or view.content is Content.BINARY:
        items = _doubt_shifted(items, pair)
    return Proposals(items, pair.evidence.changed)


def _find_by_map(pair: Pair, extractor: FeatureExtractor) -> Proposals:
    """Map without networks first; only where that shows anything do the networks run, over the whole view."""
    view, evidence = pair.view, pair.evidence
    unexplained = measure_unexplained(view.image1, view.sure2, view.valid)
    plain = change_map.map_without_networks(view, extractor.head)
    fine = ChangeMaps(plain.probability, None)
    groups = group_cells(plain.probability)
    rated = [(group, rate(group, fine, unexplained)) for group in groups]
    small = propose_groups(rated, plain.probability.shape, evidence)
    faint = _doubt_lone(_find_faint(pair, unexplained), small)
    worth_asking = max((group.surest for group in groups), default=0.0) >= WORTH_NETWORKS
    whole = change_map.map_with_networks(view, extractor, plain) if worth_asking else None
    if whole is None:
        items = [*small, *_drop_parts(faint, small)]
        return Proposals(items, _flag_likely(plain.probability, view), light=unexplained)
    rated = [(group, rate(group, whole, unexplained)) for group in group_cells(whole.probability)]
    large = propose_groups(rated, whole.probability.shape, evidence)
    if whole.probability.shape != plain.probability.shape:
        large += _drop_parts(_rate_again(small, groups, fine, whole, unexplained), large)
    large += _drop_parts(faint, large)
    return Proposals(large, _flag_likely(whole.probability, view), light=unexplained)


def _rate_again(
    small: Sequence[Proposal], groups: Sequence[Group], fine: ChangeMaps, whole: ChangeMaps, unexplained: float
) -> list[Proposal]:
    """Rate regions of the finer map by the coarser one with networks too, where they can be seen there."""
    grid, coarse = fine.by_pixels.shape, whole.by_pixels.shape
    networks = None if whole.by_networks is None else cv2.resize(whole.by_networks, (grid[1], grid[0]))
    both = ChangeMaps(fine.by_pixels, None if networks is None else np.asarray(networks))
    return [
        replace(proposal, confidence=rate(group, both, unexplained)) if is_visible(group, grid, coarse) else proposal
        for proposal, group in zip(small, groups, strict=False)
    ]


def _find_unaligned(pair: Pair, extractor: FeatureExtractor) -> Proposals | None:
    """What either image shows and the other shows nowhere; null where the backend recognises nothing."""
    tokens1, tokens2 = extractor.extract_tokens(pair.view.image1), extractor.extract_tokens(pair.shrunk2)
    if tokens1 is None or tokens2 is None:
        return None
    found = find_unaligned(pair.view.image1, pair.shrunk2, tokens1, tokens2)
    items = [Proposal(segment.box, segment.pixels, 0.0, segment.confidence) for segment in found.segments]
    return Proposals(items, found.changed, found.cost, light=UNALIGNED_LIGHT)


def _find_faint(pair: Pair, unexplained: float) -> list[Proposal]:
    """What is too small and too faint for the change head's cells, where the light is understood."""
    view = pair.view
    if unexplained >= UNDERSTOOD_LIGHT:
        return []
    noise = measure_noise(view.image1, view.sure2, view.valid)
    boxes = find_small_changes(noise, 0.0 if view.image2 is view.raw2 else unexplained)
    pieces = [_count_sure(box, noise, pair.evidence.excess) for box in boxes]
    return _doubt_shifted(join_near(pieces, _REACH, max(noise.score.shape)), pair)


def _count_sure(box: Box, noise: Noise, excess: Floats) -> Proposal:
    sure = noise.score[window(box)] > SURE
    return Proposal(box, int(sure.sum()), float(excess[window(box)][sure].sum()), FAINT_CONFIDENCE)


def _doubt_lone(faint: Sequence[Proposal], by_map: Sequence[Proposal]) -> list[Proposal]:
    """Lower the confidence of faint changes at which the map shows nothing, however doubtful."""
    return [
        proposal
        if any(_share_inside(other.box, proposal.box) >= PART for other in by_map)
        else replace(proposal, confidence=LONE_CONFIDENCE)
        for proposal in faint
    ]


def _doubt_shifted(proposals: Sequence[Proposal], pair: Pair) -> list[Proposal]:
    """Lower the confidence of those that a local shift explains."""
    view = pair.view
    return [
        replace(proposal, confidence=SHIFTED_CONFIDENCE)
        if is_shifted(view.image1, view.sure2, proposal.box, pair.evidence)
        else proposal
        for proposal in proposals
    ]


def _drop_parts(proposals: Sequence[Proposal], known: Sequence[Proposal]) -> list[Proposal]:
    """Those that are no part of a likely known one."""
    likely = [proposal for proposal in known if proposal.confidence >= LIKELY]
    return [
        proposal for proposal in proposals if all(_share_inside(proposal.box, other.box) < PART for other in likely)
    ]


def _flag_likely(probability: Floats, view: View) -> Flags:
    """The view's pixels that probably changed."""
    height, width = view.image1.shape[:2]
    return np.asarray(cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR) > LIKELY)


def _share_inside(box: Box, other: Box) -> float:
    """Share of `box` that `other` covers."""
    return intersection(box, other) / max(1, area(box))
