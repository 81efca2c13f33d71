"""Detection's region gates (services/detection/decisions/gates.py) at other thresholds, from stored scores.

Three answers: passes, dropped, unknown. Two kinds of detection are told apart by the `confidence` of their regions: one
is calibrated and looks at every proposal; backend `sam` has none, drops small and unchanged segments before it measures
anything, and rounds its boxes outwards to image1's grid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.funnel.facts import Found, FoundRegion
from gateway.funnel.happened import found_fates
from gateway.funnel.steps import SURVIVED, End, Fate, dropped, step_of, unknown
from imgdiff.boxes import area, intersection
from imgdiff.funnel import Step
from imgdiff.records import Box, Policy

CODES = ("region.no_evidence", "region.too_small", "region.too_similar", "region.overlap", "region.limit")
_ALONE, _TOGETHER = CODES[:3], CODES[3:]
_CONFIDENCE_ROUNDED = 5e-5  # confidence is stored with four digits
_FILLED_ROUNDED = 5e-7  # difference with six
_AS_SENT = 3_000_000  # pixels up to which images are compared at their own size (services/detection/proposals/views.py)
_OUTWARDS = 2  # pixels by which rounding outwards can have made a side of a box longer in larger ones
_CROPS = 100  # of a pair, that detection measures at most
_CHEAP = ("region.no_evidence", "region.too_small")
Limits = Mapping[str, float]


@dataclass(frozen=True)
class Regions:
    """One detection's regions before they are judged anew; `curate` enforces every gate. `pixels` are image1's."""

    found: Found
    policy: Policy
    keep_rejected: bool
    pixels: int | None = None

    def differs(self, limits: Limits, codes: Sequence[str] = CODES) -> bool:
        """Whether any of these thresholds is another one than in force."""
        force = self.found.parameters
        return any(limits.get(code) != force.get(code) for code in codes)

    def incomplete(self, limits: Limits) -> bool:
        """Whether regions that were dropped and not stored might come back."""
        return not self.keep_rejected and self.differs(limits)

    def fates(self, limits: Limits) -> list[Fate]:
        """At these thresholds; exactly as they are where none of them differs from the one in force."""
        if not self.differs(limits):
            return found_fates(self.found, self.policy)
        crowded = len(self.found.regions) > _CROPS and self.differs(limits, _CHEAP)  # others would be measured
        if crowded or self.incomplete(limits):
            return [unknown(Step.EVIDENCE)] * len(self.found.regions)
        return self.judged(limits)

    def judged(self, limits: Limits) -> list[Fate]:
        """The gates anew, also where nothing differs; those that look at one region alone only where they do."""
        curate = self.policy is Policy.CURATE
        regions = self.found.regions
        exact = any(one.confidence is not None for one in regions) or (self.pixels or _AS_SENT + 1) <= _AS_SENT
        slack = 0 if exact else _OUTWARDS
        if self.differs(limits, _ALONE):
            fates = [_Own(one, limits, self.found, curate, self.pixels, slack).fate() for one in regions]
        else:
            fates = [SURVIVED if one.code in _TOGETHER else one for one in found_fates(self.found, self.policy)]
        return _limited(regions, _overlapped(regions, fates, limits, slack), limits)


@dataclass(frozen=True)
class _Own:
    """The gates that look at one region alone; one that is sure to drop it counts, even if an earlier one is in doubt.

    `slack` are the pixels by which the box that was judged may have been smaller than the stored one.
    """

    region: FoundRegion
    limits: Limits
    found: Found
    curate: bool
    pixels: int | None
    slack: int

    def fate(self) -> Fate:
        gates = [self._evidence()]
        if self.curate:
            size = self._size()
            if self.region.confidence is None and size.end is End.DROPPED:
                return size  # `sam` looks at the size first, and then at nothing else
            gates += [size, self._crops()]
        spoken = [one for one in gates if one.end is End.DROPPED] or [one for one in gates if one.end is End.UNKNOWN]
        return min(spoken, key=lambda one: one.place, default=SURVIVED)

    def _evidence(self) -> Fate:
        code = "region.no_evidence"
        limit, force, exact = self.limits.get(code), self.found.parameters.get(code), self.region.value(code)
        if limit is None or force is None:
            return SURVIVED
        confidence, alike = self.region.confidence, self.region.crop_similarity
        if confidence is not None:
            if exact is not None:
                return dropped(code) if exact < limit else SURVIVED
            return _below(code, limit, max(confidence - _CONFIDENCE_ROUNDED, force), confidence + _CONFIDENCE_ROUNDED)
        if alike is not None:  # the share of changed pixels passed and is not stored; the crops were tested as well
            return _below(code, limit, min(force, 1 - alike), 1 - alike)
        filled = self.region.difference if exact is None else exact
        told = _below(code, limit, filled - _FILLED_ROUNDED, filled + _FILLED_ROUNDED)
        return told if told.end is End.DROPPED else unknown(Step.EVIDENCE)  # its crops were never compared

    def _size(self) -> Fate:
        code = "region.too_small"
        limit, force, exact = self.limits.get(code), self.found.parameters.get(code), self.region.value(code)
        if limit is None or force is None:
            return SURVIVED
        if exact is not None:
            return dropped(code) if exact < limit else SURVIVED
        if self.pixels is None:
            return SURVIVED if limit <= force else unknown(Step.BOX_SIZE)
        low = _shrunk(self.region.box, self.slack) / self.pixels
        return _below(code, limit, max(low, force), area(self.region.box) / self.pixels)

    def _crops(self) -> Fate:
        code = "region.too_similar"
        limit, alike = self.limits.get(code), self.region.crop_similarity
        if limit is None or code not in self.found.parameters or self.found.similarity is None:
            return SURVIVED  # a backend that embeds nothing never asks
        if alike is not None:
            return dropped(code) if alike > limit else SURVIVED
        same = all(self.limits.get(one) == self.found.parameters.get(one) for one in _CHEAP)
        return SURVIVED if same and not set(_CHEAP) & set(self.region.codes) else unknown(Step.CROP_DIFFERENCE)


def _below(code: str, limit: float, low: float, high: float) -> Fate:
    """A gate that drops what is less than its limit, of a value between two."""
    if high < limit:
        return dropped(code)
    return SURVIVED if low >= limit else unknown(step_of(code))


def _order(regions: Sequence[FoundRegion], number: int) -> tuple[float, tuple[int, ...]]:
    """The more different first; of equals `sam` takes the first place, and of the others nobody knows.

    What `sam` never compared may be more different than all.
    """
    one = regions[number]
    if one.confidence is not None:
        return -one.difference, ()
    return -float("inf") if one.crop_similarity is None else -one.difference, one.box


def _overlapped(regions: Sequence[FoundRegion], fates: list[Fate], limits: Limits, slack: int) -> list[Fate]:
    """The greedy suppression, over those that survive for certain and those that may."""
    limit = limits.get("region.overlap")
    if limit is None:
        return fates
    after, before = list(fates), list[int]()
    for number in sorted(range(len(regions)), key=lambda one: _order(regions, one)):
        if after[number].end is End.DROPPED:
            continue
        if after[number].end is End.SURVIVED:
            near = {other: _iou(regions[other].box, regions[number].box, slack) for other in before}
            after[number] = _suppressed(regions, after, number, near, limit)
        if after[number].end is not End.DROPPED:
            before.append(number)
    return after


def _suppressed(
    regions: Sequence[FoundRegion],
    after: list[Fate],
    number: int,
    near: Mapping[int, tuple[float, float]],
    limit: float,
) -> Fate:
    """What a region's more different neighbours make of it; of two that are equally different, who can tell."""
    doubt = False
    for other, (low, high) in near.items():
        tied = _order(regions, other) == _order(regions, number)
        if low > limit and after[other].end is End.SURVIVED and not tied:
            return dropped("region.overlap")
        doubt = doubt or high > limit
        if tied and high > limit and after[other].end is End.SURVIVED:
            after[other] = unknown(Step.OVERLAP)
    return unknown(Step.OVERLAP) if doubt else SURVIVED


def _iou(one: Box, two: Box, slack: int) -> tuple[float, float]:
    """Bounds of the intersection over union of two boxes whose sides may be up to `slack` pixels shorter."""
    both = intersection(one, two)
    if not slack or not both:
        exact = both / (area(one) + area(two) - both) if both else 0.0
        return exact, exact
    less = _shrunk(_overlap(one, two), 2 * slack)
    small, large = _shrunk(one, slack) + _shrunk(two, slack), area(one) + area(two)
    return less / (large - less), min(1.0, both / max(1, small - both))


def _overlap(one: Box, two: Box) -> Box:
    return max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])


def _shrunk(box: Box, slack: int) -> int:
    return max(0, box[2] - box[0] - slack) * max(0, box[3] - box[1] - slack)


def _limited(regions: Sequence[FoundRegion], fates: list[Fate], limits: Limits) -> list[Fate]:
    """Only so many of the most different ones stay."""
    limit = limits.get("region.limit")
    if limit is None:
        return fates
    places = {number: _order(regions, number) for number, fate in enumerate(fates) if fate.end is not End.DROPPED}
    sure = {number for number in places if fates[number].end is End.SURVIVED}
    after = list(fates)
    for number in sure:
        least = 1 + sum(places[one] < places[number] for one in sure)
        most = 1 + sum(places[one] <= places[number] for one in places if one != number)
        if least > limit:
            after[number] = dropped("region.limit")
        elif most > limit:
            after[number] = unknown(Step.BOX_LIMIT)
    return after
