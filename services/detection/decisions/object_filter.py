"""The object filter: places must show an exchanged noun (paper, section 3.3: image-text matching on crops).

A place passes where image1's crop matches a noun that only caption1 names, or image2's crop one that only caption2
names. The network is the dearest of detection, so a crop is matched only while the fate of its place depends on it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgdiff.images import RGB
from imgdiff.records import Box, Policy, Reason
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import RegionScores, is_matched
from imgdiff.rules.thresholds import Thresholds
from imgdiff.stages import DetectionRequest
from services.english.exchange import NO_NOUNS, ExchangedNouns, compare_nouns, exchange
from services.matching.object_matcher import Crop, ObjectMatcher
from services.networks.feature_cache import key_of

_CODE = "object.mismatch"
Decide = Callable[[Sequence[RegionScores]], list[Decision]]


def find_nouns(request: DetectionRequest, matcher: ObjectMatcher | None) -> ExchangedNouns:
    """The nouns that decide about the places of a pair; none where the filter does not apply to it."""
    if matcher is None:
        return NO_NOUNS
    captions = request.caption1, request.caption2
    if request.noun1 is None and request.noun2 is None:
        nouns = compare_nouns(*captions)
    else:
        nouns = exchange(request.noun1, request.noun2, *captions)
    return matcher.choose(nouns)


def object_thresholds(matcher: ObjectMatcher | None) -> dict[str, float]:
    """The matcher's threshold, where it is not the paper's."""
    calibrated = {} if matcher is None else matcher.calibrated
    return {code: value for code, value in calibrated.items() if code == _CODE}


def explain_unmatched(request: DetectionRequest, nouns: ExchangedNouns) -> tuple[Reason, ...]:
    """That the filter did not apply, where it was asked for: under curate, with captions or with its threshold."""
    known = request.caption1 or request.caption2 or request.noun1 or request.noun2
    asked = known or request.policy is Policy.CURATE or _CODE in request.thresholds
    return (Reason(code="object.not_matched"),) if asked and not nouns else ()


@dataclass
class Places:
    """The places of one pair, whose `scores` are measured on; `boxes` are in the pixels of both images.

    `decide` makes what is decided of all places together; `rows` counts the crops that were matched.
    """

    images: tuple[RGB, RGB]
    nouns: ExchangedNouns
    boxes: Sequence[Box]
    scores: list[RegionScores]
    thresholds: Thresholds
    decide: Decide
    cancelled: Callable[[], bool] = lambda: False
    rows: int = 0

    def request(self, crops_at_once: int) -> list["_Side"]:
        """The crops that are matched next: of each place that would be kept if it matched, the first one unmatched.

        Both where the batch has room for them, which costs nothing.
        """
        if not self.nouns or self.cancelled():
            return []
        hopeful = [
            one if is_matched(one, self.thresholds) else one.model_copy(update={"object_match": math.inf})
            for one in self.scores
        ]
        kept = [not decision.drops for decision in self.decide(hopeful)]
        unmatched = [math.isinf(one.object_match or 0.0) and not one.alone for one in hopeful]
        open_ = [at for at, one in enumerate(unmatched) if one and kept[at]]
        sides = [(at, self._next_sides(self.scores[at])) for at in open_]
        both = sum(len(left) for _, left in sides) <= crops_at_once
        return [_Side(self, at, side) for at, left in sides for side in (left if both else left[:1])]

    def _next_sides(self, scores: RegionScores) -> list[int]:
        sides = [side for side, nouns in enumerate((self.nouns.gone, self.nouns.new)) if nouns]
        return sides[1:] if scores.object_match_partial else sides

    def record(self, at: int, side: int, match: float) -> None:
        """Note how well the crop of one side matches its nouns."""
        one = self.scores[at]
        best = match if one.object_match is None else max(match, one.object_match)
        partial = side == 0 and bool(self.nouns.new)
        self.scores[at] = one.model_copy(update={"object_match": best, "object_match_partial": partial})


@dataclass(frozen=True)
class _Side:
    """One place in image1 (0) or image2 (1)."""

    places: Places
    at: int
    side: int

    @property
    def nouns(self) -> tuple[str, ...]:
        return (self.places.nouns.gone, self.places.nouns.new)[self.side]

    @property
    def crop(self) -> Crop:
        return Crop(self.places.images[self.side], self.places.boxes[self.at])


def match_objects(batch: Sequence[Places], matcher: ObjectMatcher | None) -> None:
    """Measure what the fates of all pairs' places depend on, all pairs together; equal crops go through once."""
    if matcher is None:
        return
    while wanted := [one for places in batch for one in places.request(matcher.crops_at_once)]:
        crops = [one.crop for one in wanted]
        keys = [(_key(cut, matcher), one.nouns) for cut, one in zip(crops, wanted, strict=True)]
        distinct = dict(zip(keys, crops, strict=True))
        found = matcher.match_nouns(list(distinct.values()), [nouns for _, nouns in distinct])
        matches = dict(zip(distinct, found, strict=True))
        counted: set[object] = set()
        for one, key in zip(wanted, keys, strict=True):
            one.places.rows += key not in counted
            counted.add(key)
            one.places.record(one.at, one.side, round(matches[key], 4))


def _key(one: Crop, matcher: ObjectMatcher) -> object:
    """Equal for crops that match alike."""
    return (id(one.image), one.box) if matcher.looks_around else key_of(one.pixels)
