"""The Difference Area Generator's logic, on recorded segments and embeddings; one test for each published defect.

The defects are those of the paper's own code and of its Data-Juicer operators, as read from their sources."""

import pytest

from imgdiff.records import Policy
from services.detection.area_generator.generator import AreaPair, Areas, generate
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
)


def test_boxes_of_both_images_are_pooled_and_a_box_in_both_is_one_place() -> None:
    found = run(make_pair({A: 0.3, B: 0.3}), [A], [A, B])

    assert list(kept_boxes(found)) == [A, B]
    assert len(found.areas) == 2


def test_crops_that_look_alike_are_dropped_by_curate_and_noted_by_describe() -> None:
    assert kept_boxes(run(make_pair({A: 0.9, B: 0.8}), [A, B])) == pytest.approx({B: 0.8}, abs=0.01)
    described = run(make_pair({A: 0.9, B: 0.8}, Policy.DESCRIBE), [A, B])
    assert list(kept_boxes(described)) == [A, B]
    assert codes_of(described, A) == ["region.too_similar"]


def test_describe_still_drops_what_shows_next_to_nothing() -> None:
    found = run(make_pair({A: 0.97}, Policy.DESCRIBE), [A])

    assert kept_boxes(found) == {}
    assert codes_of(found, A) == ["region.no_evidence", "region.too_similar"]


@pytest.mark.parametrize(("level", "code"), [(0.5, "pair.too_different"), (0.99, "pair.too_similar")])
def test_a_pair_outside_the_papers_range_is_rejected_before_it_is_segmented(level: float, code: str) -> None:
    pair = make_pair({(0, 0, SIDE, SIDE): level}, pair_too_different=0.9, pair_too_similar=0.98)
    segmenter = RecordedSegmenter({2: [A], 3: []})
    found = generate([pair], segmenter, ColourEmbedder())[0]

    assert [reason.code for reason in found.reasons] == [code]
    assert found.reasons[0].value == found.similarity == pytest.approx(level, abs=0.01)
    assert (found.areas, segmenter.asked, found.rows) == ((), [], 2)


def test_describe_looks_into_every_pair() -> None:
    pair = make_pair({(0, 0, SIDE, SIDE): 0.5}, Policy.DESCRIBE, pair_too_different=0.9, pair_too_similar=0.98)

    assert list(kept_boxes(run(pair, [A]))) == [A]


def test_what_a_cheap_gate_can_drop_never_reaches_a_network() -> None:
    tiny, unchanged = (10, 10, 14, 14), (60, 10, 90, 40)
    embedder = ColourEmbedder()
    found = run(make_pair({A: 0.3}), [tiny, unchanged, A], embedder=embedder)

    assert codes_of(found, tiny) == ["region.too_small"]
    assert codes_of(found, unchanged) == ["region.no_evidence"]
    assert embedder.asked == [(SIDE, SIDE, 3)] * 2 + [(30, 30, 3)] * 2
    assert found.rows == 2 + 2 + 2


def test_a_pair_in_which_no_pixel_changed_is_not_segmented() -> None:
    still, moved = make_pair({}), make_pair({A: 0.3}, name=2)
    segmenter = RecordedSegmenter({2: [A], 3: [A], 4: [A], 5: []})
    found = generate([still, moved], segmenter, ColourEmbedder())

    assert segmenter.asked == [4, 5]
    assert (found[0].areas, found[0].reasons, list(kept_boxes(found[1]))) == ((), (), [A])
    assert [area.scores.box for area in run(make_pair({}, region_no_evidence=0.0), [A]).areas] == [A]


def test_each_distinct_crop_goes_through_the_network_once() -> None:
    twins = [(10, 10, 30, 30), (50, 50, 70, 70)]
    embedder = ColourEmbedder()
    run(make_pair(dict.fromkeys(twins, 0.3)), twins, twins, embedder)

    assert embedder.asked.count((20, 20, 3)) == 2  # both places hold the same pixels


def test_a_picture_that_two_pairs_share_is_segmented_and_embedded_once() -> None:
    one, two = make_pair({A: 0.3}), make_pair({B: 0.5})
    two = AreaPair(one.image1, two.image2, two.changed, two.policy, two.limits)
    two.image2[0, 0, 0] = 5
    segmenter = RecordedSegmenter({2: [A, B], 3: [], 5: []})
    first, second = generate([one, two], segmenter, ColourEmbedder())

    assert segmenter.asked == [2, 3, 5]
    assert (first.rows, second.rows) == (2 + 2 + 2, 1 + 1 + 1)  # the black crops of A and B are the same picture
    assert (list(kept_boxes(first)), list(kept_boxes(second))) == ([A], [B])


def test_a_result_does_not_depend_on_who_shares_the_batch() -> None:
    recorded = {2 * n + side: [A, B, (5, 5, 95, 95)][: n + side] for n in range(1, 4) for side in (0, 1)}
    pairs = [make_pair({A: 0.2 * n, B: 0.9 - 0.2 * n}, name=n) for n in range(1, 4)]
    together = generate(pairs, RecordedSegmenter(recorded), ColourEmbedder())
    backwards = generate(pairs[::-1], RecordedSegmenter(recorded), ColourEmbedder())[::-1]
    alone = [generate([pair], RecordedSegmenter(recorded), ColourEmbedder())[0] for pair in pairs]

    def told(found: list[Areas]) -> list[object]:
        return [(one.similarity, [summarise(area) for area in one.areas]) for one in found]

    assert told(together) == told(alone) == told(backwards)
    assert any(kept_boxes(one) for one in alone)


def test_a_cancelled_pair_asks_no_more_networks_and_leaves_the_others_alone() -> None:
    gone, other = make_pair({A: 0.3}), make_pair({A: 0.3}, name=2)
    gone = AreaPair(gone.image1, gone.image2, gone.changed, gone.policy, gone.limits, lambda: True)
    segmenter = RecordedSegmenter({4: [A], 5: []})
    ended, answered = generate([gone, other], segmenter, ColourEmbedder())

    assert ended.areas == ()
    assert list(kept_boxes(answered)) == [A]
