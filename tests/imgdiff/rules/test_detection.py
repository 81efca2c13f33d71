"""Every dropped region has its reason, overlap keeps the most different one, and a missing score is never guessed."""

import math

import pytest

from imgdiff.records import Box, Policy
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import (
    COMPARED_CROPS,
    RegionScores,
    crops_to_compare,
    decide_areas,
    decide_compared,
    decide_pair,
    is_searched,
    weigh_evidence,
)
from imgdiff.rules.thresholds import Thresholds

LIMITS = {
    "pair.too_different": 0.75,
    "pair.too_similar": 0.97,
    "region.no_evidence": 0.5,
    "region.too_small": 0.01,
    "region.too_similar": 0.85,
    "region.overlap": 0.5,
    "region.limit": 5.0,
}
LEFT, OVER_LEFT, RIGHT = (0, 0, 40, 40), (0, 0, 40, 36), (100, 0, 140, 40)


def _region(box: Box, difference: float, **scores: float | None) -> RegionScores:
    measured = {"number": 0, "share": 0.1, "evidence": 0.9, "similarity": 0.5, **scores}
    return RegionScores.model_validate({"box": box, "difference": difference, **measured})


def _compared(*regions: RegionScores, policy: Policy = Policy.CURATE, **thresholds: float) -> list[Decision]:
    limits = LIMITS | {f"region.{name}": value for name, value in thresholds.items()}
    return decide_compared(regions, policy, Thresholds(limits), embeds=True)


def _areas(*regions: RegionScores, policy: Policy = Policy.CURATE, **thresholds: float) -> list[Decision]:
    return decide_areas(
        regions, policy, Thresholds(LIMITS | {f"region.{name}": value for name, value in thresholds.items()})
    )


def _ends(decisions: list[Decision]) -> list[tuple[bool | None, str | None]]:
    return [(one.kept, one.unknown if one.kept is None else next(iter(one.drops), None)) for one in decisions]


KEPT = (True, None)


def test_of_two_overlapping_boxes_the_most_different_stays_whatever_the_order() -> None:
    more, less = _region(LEFT, 0.7), _region(OVER_LEFT, 0.2)

    assert _ends(_compared(more, less)) == [KEPT, (False, "region.overlap")]
    assert _ends(_compared(less, more)) == [(False, "region.overlap"), KEPT]
    assert _compared(more, less)[1].reasons[0].value == pytest.approx(0.9)


def test_of_two_equally_different_boxes_the_first_proposal_stays() -> None:
    tied = [_region(LEFT, 0.5), _region(OVER_LEFT, 0.5)]

    assert _ends(_compared(*tied)) == [KEPT, (False, "region.overlap")]
    assert _ends(_areas(*tied[::-1])) == [KEPT, (False, "region.overlap")]


def test_boxes_that_overlap_less_than_the_threshold_stay() -> None:
    assert _ends(_compared(_region(LEFT, 0.2), _region((32, 0, 72, 40), 0.7))) == [KEPT, KEPT]


def test_what_overlaps_a_region_stays_when_that_one_goes() -> None:
    first, second = _region(LEFT, 0.9, similarity=0.8), _region(OVER_LEFT, 0.4, similarity=0.3)

    assert _ends(_compared(first, second, too_similar=0.7)) == [(False, "region.too_similar"), KEPT]
    assert _ends(_compared(first, second, overlap=0.95)) == [KEPT, KEPT]


def test_a_region_too_many_is_dropped_for_the_limit() -> None:
    regions = [_region((50 * n, 0, 50 * n + 40, 40), 0.2 + n / 10) for n in range(3)]

    decisions = _compared(*regions, policy=Policy.DESCRIBE, limit=2)

    assert _ends(decisions) == [(False, "region.limit"), KEPT, KEPT]
    assert decisions[0].reasons[0].value == 3


def test_similar_crops_are_reported_under_describe_and_dropped_under_curate() -> None:
    region = _region(LEFT, 0.5, similarity=0.9)
    (described,), (curated,) = _compared(region, policy=Policy.DESCRIBE), _compared(region)

    assert (described.kept, curated.kept) == (True, False)
    assert described.reasons == curated.reasons
    assert (described.reasons[0].code, described.reasons[0].value) == ("region.too_similar", 0.9)


def test_under_other_light_crops_that_are_alike_take_the_evidence_away() -> None:
    alike, unlike = _region(LEFT, 0.5, light=20.0, similarity=0.8), _region(RIGHT, 0.4, light=20.0, similarity=0.3)

    assert _ends(_compared(alike, unlike, policy=Policy.DESCRIBE)) == [(False, "region.no_evidence"), KEPT]
    evidence = weigh_evidence([alike, unlike], Policy.DESCRIBE, Thresholds(LIMITS), embeds=True)
    assert evidence[0] < 0.5 < evidence[1]


def test_what_a_likeness_that_was_not_measured_decides_is_unknown() -> None:
    region = _region(LEFT, 0.5, light=20.0, similarity=None)

    assert _compared(region, policy=Policy.DESCRIBE)[0].kept is None
    assert _compared(region, policy=Policy.DESCRIBE, no_evidence=0.95)[0].kept is False
    assert _compared(region.model_copy(update={"light": 0.5}), policy=Policy.DESCRIBE)[0].kept is True


def test_describe_drops_for_lack_of_evidence_all_the_same() -> None:
    assert _ends(_compared(_region(LEFT, 0.5, evidence=0.4), policy=Policy.DESCRIBE)) == [(False, "region.no_evidence")]


def test_only_crops_that_the_cheap_gates_leave_are_compared_and_no_more_than_the_limit() -> None:
    limits = Thresholds(LIMITS)
    faint, small = _region(LEFT, 0.9, evidence=0.1), _region(RIGHT, 0.9, share=0.001)
    many = [_region((n, 0, n + 1, 40), 0.5) for n in range(COMPARED_CROPS + 5)]

    assert crops_to_compare([faint, small, _region(LEFT, 0.2)], Policy.CURATE, limits) == [2]
    assert crops_to_compare([faint, small], Policy.DESCRIBE, limits) == [1]
    assert crops_to_compare([faint, *many], Policy.CURATE, limits) == list(range(1, COMPARED_CROPS + 1))


def test_regions_beyond_those_that_are_compared_pass_without_a_similarity() -> None:
    regions = [_region((2 * n, 0, 2 * n + 1, 40), 0.5) for n in range(COMPARED_CROPS)]
    last = _region((400, 0, 401, 40), 0.9, similarity=None)

    assert _ends(_compared(*regions, last))[-1] == KEPT
    assert _ends(decide_compared([last], Policy.CURATE, Thresholds(LIMITS), embeds=False)) == [KEPT]


def test_without_a_similarity_a_region_is_unknown_and_so_is_what_it_might_overlap_or_push_out() -> None:
    unmeasured = _region(LEFT, 0.9, similarity=None)
    under, beside = _region(OVER_LEFT, 0.4), _region(RIGHT, 0.3)
    doubt = (None, "region.too_similar")

    assert _ends(_compared(unmeasured, under, beside)) == [doubt, (None, "region.overlap"), KEPT]
    assert _ends(_compared(unmeasured, beside, limit=1)) == [doubt, (None, "region.limit")]
    assert _ends(_compared(unmeasured, under, beside, no_evidence=0.95))[0] == (False, "region.no_evidence")


def test_what_a_more_different_region_drops_for_certain_is_dropped_whatever_its_own_gates_would_say() -> None:
    assert _ends(_compared(_region(LEFT, 0.9), _region(OVER_LEFT, 0.4, similarity=None)))[1] == (
        False,
        "region.overlap",
    )


def test_the_area_generator_measures_nothing_more_of_what_a_cheap_gate_drops() -> None:
    small, unchanged = {"share": 0.001, "evidence": 0.1}, {"evidence": 0.1, "similarity": None}
    curated = _areas(_region(LEFT, 0.5, **small), _region(RIGHT, 0.5, **unchanged))
    (described,) = _areas(_region(LEFT, 0.5, share=0.001), policy=Policy.DESCRIBE)

    assert [[reason.code for reason in one.reasons] for one in curated] == [
        ["region.too_small"],
        ["region.no_evidence"],
    ]
    assert (described.kept, [reason.code for reason in described.reasons]) == (True, ["region.too_small"])


def test_an_area_whose_crops_were_not_compared_may_be_more_different_than_all() -> None:
    decisions = _areas(_region(LEFT, 0.5), _region(OVER_LEFT, 0.1, similarity=None), _region(RIGHT, 0.1))

    assert _ends(decisions) == [(None, "region.overlap"), (None, "region.no_evidence"), KEPT]


def test_crops_of_an_area_must_differ_by_as_much_as_its_pixels() -> None:
    assert _ends(_areas(_region(LEFT, 0.3, similarity=0.6))) == [(False, "region.no_evidence")]


@pytest.mark.parametrize(
    ("similarity", "codes"),
    [(0.7, ["pair.too_different"]), (0.75, []), (0.97, []), (0.98, ["pair.too_similar"]), (None, [])],
)
def test_whole_images_may_be_too_different_or_too_similar_under_curate_alone(
    similarity: float | None, codes: list[str]
) -> None:
    limits = Thresholds(LIMITS)

    assert decide_pair(similarity, Policy.CURATE, limits).drops == codes
    assert decide_pair(similarity, Policy.DESCRIBE, limits).drops == []


def test_the_area_generator_searches_no_pair_that_is_rejected_or_in_which_no_segment_could_pass() -> None:
    limits = Thresholds(LIMITS)
    passed, alike = decide_pair(0.9, Policy.CURATE, limits), decide_pair(0.99, Policy.CURATE, limits)

    assert is_searched(passed, True, limits)
    assert not is_searched(alike, True, limits)
    assert not is_searched(passed, False, limits)
    assert is_searched(passed, False, Thresholds({"region.no_evidence": 0.0}))


def test_thresholds_that_change_no_comparison_change_no_decision() -> None:
    regions = [_region((30 * n, 0, 30 * n + 40, 40), n / 7, similarity=0.5 + n / 20) for n in range(7)]
    limits = Thresholds(LIMITS)
    before = decide_compared(regions, Policy.CURATE, limits, embeds=True)

    for code in LIMITS:
        for value in (0.1, 0.2, 0.45, 0.55, 0.62, 0.72, 0.9, 3.0, math.inf):
            if limits.same_at(code, value):
                after = decide_compared(regions, Policy.CURATE, limits.moved({code: value}), embeds=True)
                assert [one.drops for one in after] == [one.drops for one in before]


def test_what_only_one_image_extends_to_has_no_crops_to_compare_and_overlaps_nothing() -> None:
    beyond = RegionScores(number=1, box=None, share=0.2, evidence=0.98, difference=1.0, alone=True)
    regions = [_region(LEFT, 0.9), beyond]
    limits = Thresholds(LIMITS)

    assert crops_to_compare(regions, Policy.DESCRIBE, limits) == [0]
    assert decide_compared(regions, Policy.CURATE, limits, embeds=True)[1].kept


def _matched(match: float | None, *, partial: bool = False, **scores: float | None) -> RegionScores:
    region = _region(LEFT, 0.7, **scores)
    return region.model_copy(update={"object_match": match, "object_match_partial": partial})


def _of_objects(region: RegionScores, least: float, policy: Policy = Policy.CURATE) -> list[list[Decision]]:
    limits = Thresholds({**LIMITS, "object.mismatch": least})
    return [decide_areas([region], policy, limits), decide_compared([region], policy, limits, embeds=True)]


@pytest.mark.parametrize("method", [0, 1])
def test_a_place_without_an_exchanged_noun_is_dropped_or_only_reported(method: int) -> None:
    (dropped,), (reported,), (passing,) = (
        _of_objects(_matched(match), 0.35, policy)[method]
        for match, policy in ((0.3, Policy.CURATE), (0.3, Policy.DESCRIBE), (0.35, Policy.CURATE))
    )

    assert [one.kept for one in (dropped, reported, passing)] == [False, True, True]
    assert [one.code for one in reported.reasons] == ["object.mismatch"]
    assert (dropped.reasons[0].value, dropped.reasons[0].threshold) == (0.3, 0.35)


@pytest.mark.parametrize("method", [0, 1])
def test_a_match_that_was_not_measured_is_unknown_where_it_may_drop_and_no_gate_without_a_threshold(
    method: int,
) -> None:
    (unmeasured,) = _of_objects(_matched(None), 0.35)[method]
    (described,) = _of_objects(_matched(None), 0.35, Policy.DESCRIBE)[method]
    (similar,) = _of_objects(_matched(None, similarity=0.9), 0.35)[method]

    assert (unmeasured.kept, unmeasured.unknown) == (None, "object.mismatch")
    assert described.kept
    assert "region.too_similar" in similar.drops  # so it was never matched, and that gate has nothing to say
    assert (similar.kept, similar.unknown) == (False, None)
    assert _areas(_matched(None))[0].kept


@pytest.mark.parametrize("method", [0, 1])
def test_at_a_stricter_threshold_the_crop_that_was_not_matched_might_have_passed(method: int) -> None:
    half = _matched(0.5, partial=True)

    assert _of_objects(half, 0.4)[method][0].kept
    assert _of_objects(half, 0.6)[method][0].unknown == "object.mismatch"
    assert _of_objects(_matched(0.5), 0.6)[method][0].kept is False


def test_which_thresholds_change_nothing_is_known_for_matches_too() -> None:
    limits = Thresholds({**LIMITS, "object.mismatch": 0.35})
    decide_areas([_matched(0.5), _matched(0.2)], Policy.CURATE, limits)

    assert limits.same_at("object.mismatch", 0.45)
    assert not limits.same_at("object.mismatch", 0.55)
    assert not limits.same_at("object.mismatch", 0.15)
