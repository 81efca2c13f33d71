"""The object filter: the paper's rule, measured on no more crops than the fates of the places need."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest

from imgdiff.records import Box, ModelUse, Policy
from imgdiff.rules import detection as rules
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import RegionScores
from imgdiff.rules.thresholds import Thresholds
from imgdiff.stages import DetectionRequest
from services.detection.decisions.object_filter import Decide, Places, explain_unmatched, find_nouns, match_objects
from services.english.exchange import NO_NOUNS, ExchangedNouns
from services.matching.object_matcher import Crop

LIMITS = {
    "region.no_evidence": 0.05,
    "region.too_small": 0.0025,
    "region.too_similar": 0.85,
    "region.overlap": 0.5,
    "region.limit": 5.0,
    "object.mismatch": 0.35,
}
DOG_TO_CAT = ExchangedNouns(("dog",), ("cat",))
DOG, CAT, NEITHER = 10, 20, 30  # grey levels of crops that show these


class GreyMatcher:
    """Knows dogs and cats by their grey level; counts the crops."""

    models: tuple[ModelUse, ...] = ()
    calibrated: Mapping[str, float] = {}
    looks_around = False

    def __init__(self, crops_at_once: int = 1) -> None:
        self.crops_at_once = crops_at_once
        self.seen: list[int] = []

    def choose(self, nouns: ExchangedNouns) -> ExchangedNouns:
        return nouns if {*nouns.gone, *nouns.new} <= {"dog", "cat"} else NO_NOUNS

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        self.seen += [int(crop.pixels.max()) for crop in crops]
        levels = {"dog": DOG, "cat": CAT}
        return [
            max(0.5 if crop.pixels.max() == levels[noun] else 0.2 for noun in own)
            for crop, own in zip(crops, nouns, strict=True)
        ]


def _pair(
    *shown: tuple[int, int], policy: Policy = Policy.CURATE, nouns: ExchangedNouns = DOG_TO_CAT, step: int = 20
) -> Places:
    """Places side by side, the most different first, each showing one grey level in image1 and one in image2."""
    images = np.zeros((2, 20, step * len(shown) + 40, 3), np.uint8)
    boxes: list[Box] = []
    scores = []
    for number, levels in enumerate(shown):
        box = (step * number, 0, step * number + 20, 20)
        for image, level in zip(images, levels, strict=True):
            image[:20, box[0] : box[2]] = level
            image[number, box[0]] = level - 1  # no two crops are equal
        boxes.append(box)
        scores.append(
            RegionScores(number=number, box=box, share=0.1, evidence=0.9, similarity=0.1 * number, difference=0.9)
        )
        scores[-1] = scores[-1].model_copy(update={"difference": 1 - scores[-1].similarity})
    thresholds = Thresholds(LIMITS)
    return Places((images[0], images[1]), nouns, boxes, scores, thresholds, _decide(policy, thresholds))


def _decide(policy: Policy, thresholds: Thresholds) -> Decide:
    return lambda scores: rules.decide_areas(scores, policy, thresholds)


def _match(places: Places, matcher: GreyMatcher | None = None) -> list[Decision]:
    match_objects([places], matcher or GreyMatcher())
    return places.decide(places.scores)


def _kept(decisions: Sequence[Decision]) -> list[bool]:
    return [not one.drops for one in decisions]


def test_a_place_passes_by_either_image_with_its_own_captions_noun() -> None:
    swapped, dog, cat, none = (CAT, DOG), (DOG, NEITHER), (NEITHER, CAT), (NEITHER, NEITHER)
    decisions = _match(_pair(swapped, dog, cat, none))

    assert _kept(decisions) == [False, True, True, False]
    assert [reason.code for reason in decisions[3].reasons] == ["object.mismatch"]
    assert (decisions[3].reasons[0].value, decisions[3].reasons[0].threshold) == (0.2, 0.35)


def test_under_describe_a_mismatch_is_reported_and_drops_nothing() -> None:
    decisions = _match(_pair((DOG, CAT), (NEITHER, NEITHER), policy=Policy.DESCRIBE))

    assert _kept(decisions) == [True, True]
    assert [[reason.code for reason in one.reasons] for one in decisions] == [[], ["object.mismatch"]]


def test_the_second_image_is_matched_only_where_the_first_does_not_match() -> None:
    matcher = GreyMatcher()
    places = _pair((DOG, CAT), (NEITHER, CAT))
    _match(places, matcher)

    assert matcher.seen == [DOG, NEITHER, CAT]
    assert places.rows == 3
    assert [(one.object_match, one.object_match_partial) for one in places.scores] == [(0.5, True), (0.5, False)]


def test_a_batch_with_room_takes_both_images_at_once() -> None:
    matcher = GreyMatcher(crops_at_once=8)
    _match(_pair((DOG, CAT), (NEITHER, CAT)), matcher)

    assert sorted(matcher.seen) == sorted([DOG, CAT, NEITHER, CAT])


def test_places_beyond_the_limit_or_under_a_kept_one_reach_no_network() -> None:
    matcher = GreyMatcher()
    decisions = _match(_pair(*[(DOG, CAT)] * 9), matcher)

    assert _kept(decisions) == [True] * 5 + [False] * 4
    assert len(matcher.seen) == 5
    matcher = GreyMatcher()
    assert _kept(_match(_pair((DOG, CAT), (DOG, CAT), step=4), matcher)) == [True, False]
    assert len(matcher.seen) == 1


class HashMatcher(GreyMatcher):
    """Matches two crops in five, whatever they show."""

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        self.seen += [1] * len(crops)
        return [
            0.9 if int(crop.pixels.sum(dtype=np.int64)) * 2654435761 % 1000 < 400 else 0.1
            for crop, _ in zip(crops, nouns, strict=True)
        ]


@pytest.mark.parametrize(
    ("seed", "policy", "crops_at_once"), [*product(range(8), Policy, (1, 32)), (8, Policy.CURATE, 6)]
)
def test_what_is_kept_is_what_matching_every_crop_first_would_keep(
    seed: int, policy: Policy, crops_at_once: int
) -> None:
    chance, thresholds = np.random.default_rng(seed), Thresholds(LIMITS)
    images = chance.integers(0, 256, (2, 80, 80, 3), np.uint8)
    corners = chance.integers(0, 50, (40, 2)).tolist()
    boxes: list[Box] = [(x, y, x + 24, y + 24) for x, y in corners]
    similarities = chance.uniform(0, 1, len(boxes)).round(4).tolist()
    scores = [
        RegionScores(number=at, box=box, share=0.1, evidence=0.9, similarity=one, difference=1 - one)
        for at, (box, one) in enumerate(zip(boxes, similarities, strict=True))
    ]
    every = HashMatcher()
    best = [max(every.match_nouns([Crop(image, box) for image in images], [["dog"], ["cat"]])) for box in boxes]
    decide = _decide(policy, thresholds)
    expected = decide([one.model_copy(update={"object_match": match}) for one, match in zip(scores, best, strict=True)])
    lazy = HashMatcher(crops_at_once)
    places = Places((images[0], images[1]), DOG_TO_CAT, boxes, list(scores), thresholds, decide)

    assert _kept(_match(places, lazy)) == _kept(expected)
    assert any(_kept(expected))
    assert len(lazy.seen) < len(every.seen) / 2


def test_equal_crops_of_all_pairs_go_through_the_network_once() -> None:
    matcher, pairs = GreyMatcher(), [_pair((NEITHER, CAT)), _pair((NEITHER, CAT))]
    match_objects(pairs, matcher)

    assert matcher.seen == [NEITHER, CAT]
    assert [one.scores[0].object_match for one in pairs] == [0.5, 0.5]


def test_a_cancelled_pair_and_one_without_nouns_are_not_matched() -> None:
    matcher, gone = GreyMatcher(), _pair((DOG, CAT))
    gone.cancelled = lambda: True
    match_objects([gone, _pair((DOG, CAT), nouns=NO_NOUNS)], matcher)

    assert matcher.seen == []


def test_the_nouns_are_the_edits_or_those_of_the_captions_if_the_matcher_knows_them() -> None:
    captions = {"caption1": "a dog on a sofa", "caption2": "a cat on a sofa"}
    unknown = DetectionRequest(caption1="a dog", caption2="a unicorn horse")

    assert find_nouns(DetectionRequest(**captions), GreyMatcher()) == DOG_TO_CAT
    assert find_nouns(DetectionRequest(noun1="dog", noun2="cat"), GreyMatcher()) == DOG_TO_CAT
    assert find_nouns(DetectionRequest(**captions), None) == NO_NOUNS
    assert find_nouns(unknown, GreyMatcher()) == NO_NOUNS


@pytest.mark.parametrize(
    ("request_", "codes"),
    [
        (DetectionRequest(), []),
        (DetectionRequest(policy=Policy.CURATE), ["object.not_matched"]),
        (DetectionRequest(caption1="a dog", caption2="dogs"), ["object.not_matched"]),
        (DetectionRequest(thresholds={"object.mismatch": 0.9}), ["object.not_matched"]),
    ],
)
def test_a_filter_that_was_asked_for_and_does_not_apply_is_reported(
    request_: DetectionRequest, codes: list[str]
) -> None:
    assert [reason.code for reason in explain_unmatched(request_, NO_NOUNS)] == codes
    assert explain_unmatched(request_, DOG_TO_CAT) == ()
