"""Which thresholds a report tries around the one in force."""

from collections import Counter

from gateway.funnel.sweep import points


def test_neighbours_lie_around_the_commonest_threshold_beside_the_papers_and_inside_the_scale() -> None:
    tried = points(
        {
            "caption.mismatch": Counter({0.25: 3, 0.6: 1}),
            "region.too_similar": Counter({0.95: 1}),
            "region.too_small": Counter({0.0025: 1}),
            "region.limit": Counter({3.0: 1}),
        }
    )

    assert tried["caption.mismatch"] == (0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
    assert tried["region.too_similar"] == (0.85, 0.9, 0.95, 1.0)
    assert tried["region.too_small"] == (0.000625, 0.00125, 0.0025, 0.005, 0.01)
    assert tried["region.limit"] == (1.0, 3.0, 5.0, 7.0)


def test_only_gates_that_can_be_replayed_are_tried() -> None:
    assert points({"edit.too_large": Counter({0.3: 1}), "region.overlap": Counter()}) == {}
