"""Proposals by name: objects that only one caption names, where the change map is sure of nothing.

A network that redraws a whole picture changes every pixel a little, and the map cannot tell its drift from the edit.
The detector can: where it finds a noun in the image whose caption alone names it, and the two crops do not show the
same thing, that is the place of the exchange (the paper's object filter and difference detector, section 3.3, on the
detector's boxes instead of a segmenter's).
"""

from collections.abc import Sequence
from dataclasses import replace

from imgdiff.boxes import area, enclosing, intersection, iou
from imgdiff.images import RGB
from imgdiff.records import Box, Policy
from services.detection.evidence.view import PixelEvidence
from services.detection.feature_extractor import FeatureExtractor
from services.detection.limits import (
    DRIFT_CONFIDENCE,
    LIKELY,
    NAMED_CONFIDENCE,
    NAMED_SCORE,
    NAMED_SIMILARITY,
    NAMED_TWICE,
    PART,
    WIDE,
)
from services.detection.proposals.proposal import Proposal, Proposals
from services.english.exchange import ExchangedNouns
from services.imaging.boxes import crop, window
from services.imaging.vectors import cosine
from services.matching.embedded_objects import DetectedObjects


def add_named(
    proposals: Proposals,
    images: tuple[RGB, RGB],
    evidence: PixelEvidence,
    nouns: ExchangedNouns,
    matcher: DetectedObjects,
    extractor: FeatureExtractor,
    *,
    policy: Policy,
) -> Proposals:
    """The proposals, and the places of exchanged objects that none of the likely ones shows; images are the view's.

    Under `curate` a far larger proposal around such a place is doubted: it is the drift, and shows no place.
    """
    places = [box for box in _find(images, nouns, matcher) if not _is_known(box, proposals.items)]
    different = [box for box in places if _differ(images, box, extractor)]
    if not different:
        return proposals
    named = [_propose(box, evidence) for box in different]
    items = proposals.items
    if policy is Policy.CURATE:
        items = [_doubt_drift(one, different) for one in items]
    return replace(proposals, items=[*items, *named])


def _find(images: tuple[RGB, RGB], nouns: ExchangedNouns, matcher: DetectedObjects) -> list[Box]:
    """Boxes of the objects that either image shows by name; one for two that are in one place."""
    places: list[Box] = []
    for image, side in zip(images, (nouns.gone, nouns.new), strict=True):
        for one in matcher.find(image, side) if side else ():
            if one.score < NAMED_SCORE:
                continue
            same = next((at for at, box in enumerate(places) if iou(box, one.box) > NAMED_TWICE), None)
            if same is None:
                places.append(one.box)
            else:
                places[same] = enclosing((places[same], one.box))
    return places


def _is_known(box: Box, proposals: Sequence[Proposal]) -> bool:
    """Whether a likely proposal shows the place; one that is far larger does not."""
    likely = [one.box for one in proposals if one.confidence >= LIKELY and area(one.box) < WIDE * area(box)]
    return any(intersection(box, other) >= PART * min(area(box), area(other)) for other in likely)


def _doubt_drift(proposal: Proposal, places: Sequence[Box]) -> Proposal:
    around = any(
        area(proposal.box) >= WIDE * area(box) and intersection(proposal.box, box) >= PART * area(box) for box in places
    )
    return replace(proposal, confidence=min(proposal.confidence, DRIFT_CONFIDENCE)) if around else proposal


def _differ(images: tuple[RGB, RGB], box: Box, extractor: FeatureExtractor) -> bool:
    vectors = extractor.embed([crop(image, box) for image in images])
    return vectors is not None and cosine(vectors[0], vectors[1]) < NAMED_SIMILARITY


def _propose(box: Box, evidence: PixelEvidence) -> Proposal:
    changed = evidence.changed[window(box)]
    mass = float(evidence.excess[window(box)][changed].sum())
    return Proposal(box, int(changed.sum()), mass, NAMED_CONFIDENCE)
