"""Defects of the paper's published operator that this generator does not have."""

from collections.abc import Callable, Sequence

import pytest

from imgdiff.images import RGB
from services.detection.area_generator.generator import AreaPair, generate
from services.imaging.arrays import Floats
from tests.services.detection.area_generator.recorded import (
    SIDE,
    A,
    B,
    ColourEmbedder,
    RecordedSegmenter,
    codes_of,
    kept_boxes,
    make_pair,
    run,
    summarise,
    to_angle,
)


def test_defect_nothing_detected_is_an_answer_and_no_failure() -> None:
    assert run(make_pair({A: 0.3})).areas == ()


def test_defect_a_box_that_fills_the_frame_does_not_overwrite_the_best_one() -> None:
    whole = (0, 0, SIDE, SIDE)

    assert A in kept_boxes(run(make_pair({A: 0.1}), [A, whole]))


def test_defect_a_box_of_image2_is_cropped_from_image1_first_like_any_other() -> None:
    crops: list[RGB] = []
    embedder = ColourEmbedder()
    embed: Callable[[Sequence[RGB]], Floats] = embedder.embed
    embedder.embed = lambda given: crops.extend(given) or embed(given)
    run(make_pair({B: 0.3}), [], [B], embedder)

    assert crops[2][..., 1].max() == 0
    assert crops[3][..., 1].min() == to_angle(0.3)


def test_defect_a_place_counts_alike_whichever_image_it_was_found_in() -> None:
    pair = make_pair({A: 0.3, B: 0.6})
    swapped = AreaPair(pair.image2, pair.image1, pair.changed, pair.policy, pair.limits)

    assert kept_boxes(run(pair, [A], [B])) == kept_boxes(run(swapped, [B], [A])) == kept_boxes(run(pair, [A, B]))


def test_defect_a_network_that_fails_is_heard_and_drops_no_pair_silently() -> None:
    embedder = ColourEmbedder()
    embedder.embed = lambda crops: (_ for _ in ()).throw(RuntimeError("the network broke"))
    with pytest.raises(RuntimeError, match="the network broke"):
        run(make_pair({A: 0.3}), [A], embedder=embedder)


def test_defect_an_embedding_that_is_not_finite_is_heard_and_no_difference() -> None:
    embedder = ColourEmbedder(length=float("nan"))
    with pytest.raises(FloatingPointError):
        run(make_pair({A: 0.3}), [A], embedder=embedder)


def test_defect_of_overlapping_boxes_the_more_different_stays_in_any_order_of_detection() -> None:
    tight, wide = (10, 10, 40, 40), (10, 10, 40, 44)
    pair = make_pair({tight: 0.1})
    for boxes in ([tight, wide], [wide, tight]):
        found = run(pair, boxes)
        assert list(kept_boxes(found)) == [tight]
        assert codes_of(found, wide) == ["region.overlap"]


def test_defect_the_five_most_different_boxes_are_kept_and_no_more() -> None:
    boxes = [(10 * n, 0, 10 * n + 8, 40) for n in range(1, 9)]
    cosines = {box: 0.1 * n for n, box in enumerate(boxes)}
    found = run(make_pair(cosines), boxes[::-1])

    assert list(kept_boxes(found)) == boxes[:5]
    assert {tuple(codes_of(found, box)) for box in boxes[5:]} == {("region.limit",)}


def test_defect_areas_are_those_of_half_open_boxes() -> None:
    one, two = (10, 10, 20, 20), (10, 10, 20, 15)  # IoU exactly 0.5, which the +1 convention would call 0.53
    found = run(make_pair({two: 0.1, (10, 15, 20, 20): 0.3}), [one, two])

    assert list(kept_boxes(found)) == [two, one]


def test_defect_small_boxes_are_dropped_and_large_ones_kept() -> None:
    large, tiny = (0, 0, 90, 90), (95, 95, 99, 99)  # 81 % and 0.16 % of the image
    found = run(make_pair({large: 0.3, tiny: 0.3}), [large, tiny])

    assert list(kept_boxes(found)) == [large]
    assert codes_of(found, tiny) == ["region.too_small"]


def test_defect_what_is_dropped_stays_with_its_reason_and_no_empty_box_stands_in() -> None:
    found = run(make_pair({A: 0.95}), [A])

    assert kept_boxes(found) == {}
    assert [(area.scores.box, bool(area.decision.reasons)) for area in found.areas] == [(A, True)]


def test_defect_one_pairs_thresholds_are_not_the_next_ones() -> None:
    strict, usual = make_pair({A: 0.5}, region_too_similar=0.1), make_pair({A: 0.5}, name=2)
    found = generate([strict, usual], RecordedSegmenter({2: [A], 3: [], 4: [A], 5: []}), ColourEmbedder())

    assert [list(kept_boxes(one)) for one in found] == [[], [A]]


def test_defect_nothing_is_drawn_at_random() -> None:
    runs = [run(make_pair({A: 0.3, B: 0.5}), [A], [B]) for _ in range(2)]

    assert [summarise(area) for area in runs[0].areas] == [summarise(area) for area in runs[1].areas]


def test_defect_rounding_does_not_lift_a_cosine_above_one() -> None:
    pair = make_pair({}, pair_too_similar=1.0)
    found = run(pair, embedder=ColourEmbedder(length=1.001))

    assert found.similarity == 1.0
    assert found.reasons == ()
