"""The Difference Area Generator's logic, on recorded segments and embeddings; one test for each published defect.

The defects are those of the paper's own code and of its Data-Juicer operators, as read from their sources.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Box, Policy
from imgdiff.rules.thresholds import detection_thresholds
from services.detection.area_generator.generator import Area, AreaPair, Areas, generate
from services.detection.area_generator.segmentation import Segment
from services.imaging.arrays import Floats

SIDE = 100
Boxes = Sequence[Box]


def _segment(box: Box) -> Segment:
    return Segment(box, np.ones((box[3] - box[1], box[2] - box[0]), bool))


class RecordedSegmenter:
    """Answers with the boxes recorded for an image, which is known by its first pixel."""

    def __init__(self, recorded: dict[int, Boxes]) -> None:
        self.recorded = recorded
        self.asked: list[int] = []

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        self.asked += [int(image[0, 0, 0]) for image in images]
        return [[_segment(box) for box in self.recorded[int(image[0, 0, 0])]] for image in images]


class ColourEmbedder:
    """A crop's direction is the mean of its colour, as an angle: 0 grey levels are 0 and 255 a right angle."""

    def __init__(self, length: float = 1.0) -> None:
        self.length = length
        self.asked: list[tuple[int, ...]] = []

    def embed(self, crops: Sequence[RGB]) -> Floats:
        self.asked += [crop.shape for crop in crops]
        angles = np.array([crop[..., 1].mean() / 255 * np.pi / 2 for crop in crops])
        return (self.length * np.stack([np.cos(angles), np.sin(angles)], 1)).astype(np.float32)


def _angle(cosine: float) -> int:
    """The green level whose crop has this cosine with black."""
    return round(float(np.arccos(cosine)) / (np.pi / 2) * 255)


def _pair(changes: dict[Box, float], policy: Policy = Policy.CURATE, name: int = 1, **limits: float) -> AreaPair:
    """A black image and one in which every box has the cosine given; images are named by the red of a corner."""
    image1 = np.zeros((SIDE, SIDE, 3), np.uint8)
    image2 = image1.copy()
    for (x1, y1, x2, y2), cosine in changes.items():
        image2[y1:y2, x1:x2, 1] = _angle(cosine)
    changed = (image1 != image2).any(2)
    image1[0, 0, 0], image2[0, 0, 0] = 2 * name, 2 * name + 1
    loose = {"pair.too_different": -1.0, "pair.too_similar": 1.0, "region.no_evidence": 0.05}
    codes = {code.replace("_", ".", 1): value for code, value in limits.items()}
    return AreaPair(image1, image2, changed, policy, detection_thresholds(codes, loose, 5))


def _run(pair: AreaPair, boxes1: Boxes = (), boxes2: Boxes = (), embedder: ColourEmbedder | None = None) -> Areas:
    return generate([pair], RecordedSegmenter({2: boxes1, 3: boxes2}), embedder or ColourEmbedder())[0]


def _kept(found: Areas) -> dict[Box, float | None]:
    return {area.scores.box: area.scores.similarity for area in found.areas if area.decision.kept}


def _codes(found: Areas, box: Box) -> list[str]:
    area = next(area for area in found.areas if area.scores.box == box)
    return [reason.code for reason in area.decision.reasons]


A, B = (10, 10, 40, 40), (50, 50, 80, 80)


def test_boxes_of_both_images_are_pooled_and_a_box_in_both_is_one_place() -> None:
    found = _run(_pair({A: 0.3, B: 0.3}), [A], [A, B])

    assert list(_kept(found)) == [A, B]
    assert len(found.areas) == 2


def test_crops_that_look_alike_are_dropped_by_curate_and_noted_by_describe() -> None:
    assert _kept(_run(_pair({A: 0.9, B: 0.8}), [A, B])) == pytest.approx({B: 0.8}, abs=0.01)
    described = _run(_pair({A: 0.9, B: 0.8}, Policy.DESCRIBE), [A, B])
    assert list(_kept(described)) == [A, B]
    assert _codes(described, A) == ["region.too_similar"]


def test_describe_still_drops_what_shows_next_to_nothing() -> None:
    found = _run(_pair({A: 0.97}, Policy.DESCRIBE), [A])

    assert _kept(found) == {}
    assert _codes(found, A) == ["region.no_evidence", "region.too_similar"]


@pytest.mark.parametrize(("level", "code"), [(0.5, "pair.too_different"), (0.99, "pair.too_similar")])
def test_a_pair_outside_the_papers_range_is_rejected_before_it_is_segmented(level: float, code: str) -> None:
    pair = _pair({(0, 0, SIDE, SIDE): level}, pair_too_different=0.9, pair_too_similar=0.98)
    segmenter = RecordedSegmenter({2: [A], 3: []})
    found = generate([pair], segmenter, ColourEmbedder())[0]

    assert [reason.code for reason in found.reasons] == [code]
    assert found.reasons[0].value == found.similarity == pytest.approx(level, abs=0.01)
    assert (found.areas, segmenter.asked, found.rows) == ((), [], 2)


def test_describe_looks_into_every_pair() -> None:
    pair = _pair({(0, 0, SIDE, SIDE): 0.5}, Policy.DESCRIBE, pair_too_different=0.9, pair_too_similar=0.98)

    assert list(_kept(_run(pair, [A]))) == [A]


def test_what_a_cheap_gate_can_drop_never_reaches_a_network() -> None:
    tiny, unchanged = (10, 10, 14, 14), (60, 10, 90, 40)
    embedder = ColourEmbedder()
    found = _run(_pair({A: 0.3}), [tiny, unchanged, A], embedder=embedder)

    assert _codes(found, tiny) == ["region.too_small"]
    assert _codes(found, unchanged) == ["region.no_evidence"]
    assert embedder.asked == [(SIDE, SIDE, 3)] * 2 + [(30, 30, 3)] * 2
    assert found.rows == 2 + 2 + 2


def test_a_pair_in_which_no_pixel_changed_is_not_segmented() -> None:
    still, moved = _pair({}), _pair({A: 0.3}, name=2)
    segmenter = RecordedSegmenter({2: [A], 3: [A], 4: [A], 5: []})
    found = generate([still, moved], segmenter, ColourEmbedder())

    assert segmenter.asked == [4, 5]
    assert (found[0].areas, found[0].reasons, list(_kept(found[1]))) == ((), (), [A])
    assert [area.scores.box for area in _run(_pair({}, region_no_evidence=0.0), [A]).areas] == [A]


def test_each_distinct_crop_goes_through_the_network_once() -> None:
    twins = [(10, 10, 30, 30), (50, 50, 70, 70)]
    embedder = ColourEmbedder()
    _run(_pair(dict.fromkeys(twins, 0.3)), twins, twins, embedder)

    assert embedder.asked.count((20, 20, 3)) == 2  # both places hold the same pixels


def test_a_picture_that_two_pairs_share_is_segmented_and_embedded_once() -> None:
    one, two = _pair({A: 0.3}), _pair({B: 0.5})
    two = AreaPair(one.image1, two.image2, two.changed, two.policy, two.limits)
    two.image2[0, 0, 0] = 5
    segmenter = RecordedSegmenter({2: [A, B], 3: [], 5: []})
    first, second = generate([one, two], segmenter, ColourEmbedder())

    assert segmenter.asked == [2, 3, 5]
    assert (first.rows, second.rows) == (2 + 2 + 2, 1 + 1 + 1)  # the black crops of A and B are the same picture
    assert (list(_kept(first)), list(_kept(second))) == ([A], [B])


def test_a_result_does_not_depend_on_who_shares_the_batch() -> None:
    recorded = {2 * n + side: [A, B, (5, 5, 95, 95)][: n + side] for n in range(1, 4) for side in (0, 1)}
    pairs = [_pair({A: 0.2 * n, B: 0.9 - 0.2 * n}, name=n) for n in range(1, 4)]
    together = generate(pairs, RecordedSegmenter(recorded), ColourEmbedder())
    backwards = generate(pairs[::-1], RecordedSegmenter(recorded), ColourEmbedder())[::-1]
    alone = [generate([pair], RecordedSegmenter(recorded), ColourEmbedder())[0] for pair in pairs]

    def told(found: list[Areas]) -> list[object]:
        return [(one.similarity, [_summarise(area) for area in one.areas]) for one in found]

    assert told(together) == told(alone) == told(backwards)
    assert any(_kept(one) for one in alone)


def _summarise(area: Area) -> tuple[object, ...]:
    return area.scores.box, area.scores.similarity, area.scores.difference, area.decision


def test_a_cancelled_pair_asks_no_more_networks_and_leaves_the_others_alone() -> None:
    gone, other = _pair({A: 0.3}), _pair({A: 0.3}, name=2)
    gone = AreaPair(gone.image1, gone.image2, gone.changed, gone.policy, gone.limits, lambda: True)
    segmenter = RecordedSegmenter({4: [A], 5: []})
    ended, answered = generate([gone, other], segmenter, ColourEmbedder())

    assert ended.areas == ()
    assert list(_kept(answered)) == [A]


# 2.3 of the notes on the published code: the segmenter's boxes


def test_defect_nothing_detected_is_an_answer_and_no_failure() -> None:
    assert _run(_pair({A: 0.3})).areas == ()


def test_defect_a_box_that_fills_the_frame_does_not_overwrite_the_best_one() -> None:
    whole = (0, 0, SIDE, SIDE)

    assert A in _kept(_run(_pair({A: 0.1}), [A, whole]))


# 2.5: comparing crops


def test_defect_a_box_of_image2_is_cropped_from_image1_first_like_any_other() -> None:
    crops: list[RGB] = []
    embedder = ColourEmbedder()
    embed: Callable[[Sequence[RGB]], Floats] = embedder.embed
    embedder.embed = lambda given: crops.extend(given) or embed(given)
    _run(_pair({B: 0.3}), [], [B], embedder)

    assert crops[2][..., 1].max() == 0
    assert crops[3][..., 1].min() == _angle(0.3)


def test_defect_a_place_counts_alike_whichever_image_it_was_found_in() -> None:
    pair = _pair({A: 0.3, B: 0.6})
    swapped = AreaPair(pair.image2, pair.image1, pair.changed, pair.policy, pair.limits)

    assert _kept(_run(pair, [A], [B])) == _kept(_run(swapped, [B], [A])) == _kept(_run(pair, [A, B]))


def test_defect_a_network_that_fails_is_heard_and_drops_no_pair_silently() -> None:
    embedder = ColourEmbedder()
    embedder.embed = lambda crops: (_ for _ in ()).throw(RuntimeError("the network broke"))
    with pytest.raises(RuntimeError, match="the network broke"):
        _run(_pair({A: 0.3}), [A], embedder=embedder)


def test_defect_an_embedding_that_is_not_finite_is_heard_and_no_difference() -> None:
    embedder = ColourEmbedder(length=float("nan"))
    with pytest.raises(FloatingPointError):
        _run(_pair({A: 0.3}), [A], embedder=embedder)


# 2.6 and 5.3 (2): overlap, order, cap


def test_defect_of_overlapping_boxes_the_more_different_stays_in_any_order_of_detection() -> None:
    tight, wide = (10, 10, 40, 40), (10, 10, 40, 44)
    pair = _pair({tight: 0.1})
    for boxes in ([tight, wide], [wide, tight]):
        found = _run(pair, boxes)
        assert list(_kept(found)) == [tight]
        assert _codes(found, wide) == ["region.overlap"]


def test_defect_the_five_most_different_boxes_are_kept_and_no_more() -> None:
    boxes = [(10 * n, 0, 10 * n + 8, 40) for n in range(1, 9)]
    cosines = {box: 0.1 * n for n, box in enumerate(boxes)}
    found = _run(_pair(cosines), boxes[::-1])

    assert list(_kept(found)) == boxes[:5]
    assert {tuple(_codes(found, box)) for box in boxes[5:]} == {("region.limit",)}


def test_defect_areas_are_those_of_half_open_boxes() -> None:
    one, two = (10, 10, 20, 20), (10, 10, 20, 15)  # IoU exactly 0.5, which the +1 convention would call 0.53
    found = _run(_pair({two: 0.1, (10, 15, 20, 20): 0.3}), [one, two])

    assert list(_kept(found)) == [two, one]


# 5.3 (3): the size rule


def test_defect_small_boxes_are_dropped_and_large_ones_kept() -> None:
    large, tiny = (0, 0, 90, 90), (95, 95, 99, 99)  # 81 % and 0.16 % of the image
    found = _run(_pair({large: 0.3, tiny: 0.3}), [large, tiny])

    assert list(_kept(found)) == [large]
    assert _codes(found, tiny) == ["region.too_small"]


# 5.3 (7) and the sentinel of the area operator: what is dropped


def test_defect_what_is_dropped_stays_with_its_reason_and_no_empty_box_stands_in() -> None:
    found = _run(_pair({A: 0.95}), [A])

    assert _kept(found) == {}
    assert [(area.scores.box, bool(area.decision.reasons)) for area in found.areas] == [(A, True)]


# 5.3 (9) and (11): defaults that are shared, and chance


def test_defect_one_pairs_thresholds_are_not_the_next_ones() -> None:
    strict, usual = _pair({A: 0.5}, region_too_similar=0.1), _pair({A: 0.5}, name=2)
    found = generate([strict, usual], RecordedSegmenter({2: [A], 3: [], 4: [A], 5: []}), ColourEmbedder())

    assert [list(_kept(one)) for one in found] == [[], [A]]


def test_defect_nothing_is_drawn_at_random() -> None:
    runs = [_run(_pair({A: 0.3, B: 0.5}), [A], [B]) for _ in range(2)]

    assert [_summarise(area) for area in runs[0].areas] == [_summarise(area) for area in runs[1].areas]


# 5.3 (13): the upper bound


def test_defect_rounding_does_not_lift_a_cosine_above_one() -> None:
    pair = _pair({}, pair_too_similar=1.0)
    found = _run(pair, embedder=ColourEmbedder(length=1.001))

    assert found.similarity == 1.0
    assert found.reasons == ()
