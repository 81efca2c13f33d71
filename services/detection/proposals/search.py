"""Finding: the proposals of a view, from its pixels, its change map, or the segments of a scene without a transform."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from imgdiff.boxes import area, intersection
from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.decisions import verdict
from services.detection.evidence import change_map
from services.detection.evidence.local_shifts import slides_away
from services.detection.evidence.noise import Noise, noise_scores
from services.detection.evidence.pixel_difference import Content, PixelEvidence, pixel_evidence
from services.detection.evidence.small_changes import SURE, small_changes
from services.detection.feature_extractor import Perception
from services.detection.proposals import confidence
from services.detection.proposals import unaligned_objects as objects
from services.detection.proposals.grouping import grouped
from services.detection.proposals.proposals import Proposal, from_map, from_pixels, join_near
from services.detection.proposals.views import Finding, View
from services.detection.registration.alignment import Found
from services.detection.registration.illumination import UNDERSTOOD, unexplained
from services.imaging.arrays import Flags, Floats

_KNOWN = 0.3  # share of a small region's box that makes it a part of a large one
_WORTH_ASKING = 0.5  # probability without networks below which they find nothing either
_REACH = 0.35  # of their size, within which pieces of a small change are one
_FAINT = 0.6  # of small faint changes: nearly all are right after one nuisance, one in five after several at once
_LONE = 0.2  # and of those at which the change head sees nothing
_SLID = 0.05  # probability that what a local shift explains is a change


def find(view: View, image2: RGB, found: Found, perception: Perception) -> Finding:
    """Pixels for one capture and for drawn images; the change map for two captures of a scene.

    `image2` is the second image as it came, for what needs no transform.
    """
    evidence = pixel_evidence(view.image1, view.sure2, view.valid, view.content, view.exact)
    if view.content is Content.PHOTO and not view.exact:
        new = None if found.trusted else _find_new(view, image2, found, evidence, perception)
        return new or _find_by_map(view, found, evidence, perception)
    proposals = from_pixels(evidence, view.content)
    if not view.exact or view.content is Content.BINARY:
        proposals = _standing(proposals, view, evidence)
    one_scene = view.exact or verdict.related(found, float(evidence.changed.mean()), None)
    return Finding(proposals, evidence.changed, one_scene)


def _find_by_map(view: View, found: Found, evidence: PixelEvidence, perception: Perception) -> Finding:
    """The plain map first; only where it holds anything are the networks asked, and asked about all of it."""
    one_scene = verdict.related(found, float(evidence.changed.mean()), None)
    looked = change_map.plain(view, perception.head)
    plain = looked.probability
    groups = grouped(plain)
    small = from_map([(one, confidence.without_networks(one)) for one in groups], plain.shape, evidence)
    faint = _supported(_faint(view, evidence), small)
    worth_asking = max((group.surest for group in groups), default=0.0) >= _WORTH_ASKING
    whole = change_map.whole(view, perception, looked.layers) if worth_asking else None
    if whole is None:
        return Finding([*small, *_apart(faint, small)], _likely(plain, view), one_scene)
    large = from_map([(group, confidence.with_networks(group)) for group in grouped(whole)], whole.shape, evidence)
    opinions = (confidence.looked_up(one, plain.shape, whole) for one in groups)
    small = [replace(one, confidence=told) for one, told in zip(small, opinions, strict=False)]
    large += _apart(small, large)
    large += _apart(faint, large)
    return Finding(large, _likely(plain, view) | _likely(whole, view), one_scene)


def _faint(view: View, evidence: PixelEvidence) -> list[Proposal]:
    """What is too small and too faint for the change head's cells, where the light is understood."""
    left = unexplained(view.image1, view.sure2, view.valid)
    if left >= UNDERSTOOD:
        return []
    noise = noise_scores(view.image1, view.sure2, view.valid)
    boxes = small_changes(noise, 0.0 if view.image2 is view.raw2 else left)
    found = join_near([_counted(box, noise, evidence) for box in boxes], _REACH, max(noise.score.shape))
    return _standing(found, view, evidence)


def _supported(faint: Sequence[Proposal], doubtful: Sequence[Proposal]) -> list[Proposal]:
    """Those at which the plain map has nothing at all, however doubtful, lose their confidence."""
    return [
        one if any(_inside(other.box, one.box) >= _KNOWN for other in doubtful) else replace(one, confidence=_LONE)
        for one in faint
    ]


def _counted(box: Box, noise: Noise, evidence: PixelEvidence) -> Proposal:
    cut = slice(box[1], box[3]), slice(box[0], box[2])
    sure = noise.score[cut] > SURE
    return Proposal(box, int(sure.sum()), float(evidence.excess[cut][sure].sum()), _FAINT)


def _apart(found: Sequence[Proposal], known: Sequence[Proposal]) -> list[Proposal]:
    """Those that are no part of a likely one."""
    likely = [one for one in known if one.confidence >= confidence.LIKELY]
    return [one for one in found if all(_inside(one.box, other.box) < _KNOWN for other in likely)]


def _likely(probability: Floats, view: View) -> Flags:
    """The pixels that probably changed."""
    height, width = view.image1.shape[:2]
    return np.asarray(cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR) > confidence.LIKELY)


def _standing(proposals: list[Proposal], view: View, evidence: PixelEvidence) -> list[Proposal]:
    """Those that a local shift explains lose their confidence."""
    return [
        replace(one, confidence=_SLID) if slides_away(view.image1, view.sure2, one.box, evidence) else one
        for one in proposals
    ]


def _inside(box: Box, other: Box) -> float:
    """Share of `box` that `other` covers."""
    return intersection(box, other) / max(1, area(box))


def _find_new(view: View, image2: RGB, found: Found, evidence: PixelEvidence, perception: Perception) -> Finding | None:
    """What either image shows and the other shows nowhere; null where the backend recognises nothing."""
    tokens1, tokens2 = perception.tokens(view.image1), perception.tokens(image2)
    if tokens1 is None or tokens2 is None:
        return None
    seen = objects.look_for(view.image1, image2, tokens1, tokens2)
    proposals = [Proposal(one.box, one.pixels, 0.0, one.confidence) for one in seen.found]
    one_scene = verdict.related(found, float(evidence.changed.mean()), seen.cost)
    return Finding(proposals, seen.changed, one_scene)
