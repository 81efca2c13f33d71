"""Which of the request's, the backend's and the paper's threshold is in force."""

from imgdiff.rules.thresholds import captioning_thresholds, detection_thresholds


def test_the_request_beats_the_backend_and_the_backend_beats_the_paper() -> None:
    limits = detection_thresholds({"region.overlap": 0.3}, {"region.overlap": 0.4, "region.too_similar": 0.7}, 5)
    assert (limits["region.overlap"], limits["region.too_similar"]) == (0.3, 0.7)
    assert (limits["region.too_small"], limits["region.limit"]) == (0.0025, 5.0)


def test_thresholds_of_other_stages_are_left_out() -> None:
    assert captioning_thresholds({"region.overlap": 0.3, "caption.mismatch": 0.1}, {}) == {
        "caption.mismatch": 0.1,
        "caption.too_similar": 0.85,
    }
