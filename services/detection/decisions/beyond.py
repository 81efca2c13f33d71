"""Regions that only one image extends to: nothing to compare, and nothing to doubt."""

from collections.abc import Sequence

from imgdiff.boxes import area
from imgdiff.records import Change
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import RegionScores
from imgdiff.stages import DetectedRegion
from services.detection.limits import PIXELS_CONFIDENCE
from services.detection.schema import PairWork
from services.detection.whole_pair.beyond import Beyond


def rate_beyond(places: Sequence[Beyond], work: PairWork, first: int) -> list[RegionScores]:
    """Their scores, numbered from `first`; the share is that of the image that extends there."""
    scores = []
    for number, place in enumerate(places, first):
        image = work.image1 if place.image == 1 else work.image2
        share = area(place.box) / (image.shape[0] * image.shape[1])
        box = place.box if place.image == 1 else None
        one = RegionScores(number=number, box=box, share=share, evidence=PIXELS_CONFIDENCE, difference=1.0, alone=True)
        scores.append(one)
    return scores


def make_region_beyond(place: Beyond, scores: RegionScores, decision: Decision) -> DetectedRegion:
    """The region: removed where only image1 extends, added where only image2 does."""
    own = {"box": place.box, "box2": None} if place.image == 1 else {"box": None, "box2": place.box}
    return DetectedRegion(
        **own,
        change=Change.REMOVED if place.image == 1 else Change.ADDED,
        difference=1.0,
        confidence=PIXELS_CONFIDENCE,
        kept=not decision.drops,
        reasons=tuple(decision.reasons),
        scores=scores,
    )
