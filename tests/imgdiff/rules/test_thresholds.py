"""Which of the request's, the backend's and the paper's threshold is in force."""

from imgdiff.rules.thresholds import Thresholds, captioning_thresholds, detection_thresholds


def test_the_request_beats_the_backend_and_the_backend_beats_the_paper() -> None:
    limits = detection_thresholds({"region.overlap": 0.3}, {"region.overlap": 0.4, "region.too_similar": 0.7}, 5)
    assert (limits["region.overlap"], limits["region.too_similar"]) == (0.3, 0.7)
    assert (limits["region.too_small"], limits["region.limit"]) == (0.0025, 5.0)


def test_thresholds_of_other_stages_are_left_out() -> None:
    assert captioning_thresholds({"region.overlap": 0.3, "caption.mismatch": 0.1}, {}) == {
        "caption.mismatch": 0.1,
        "caption.too_similar": 0.85,
    }


def test_a_gate_fires_below_or_above_its_threshold_and_never_without_one() -> None:
    limits = Thresholds({"region.no_evidence": 0.5, "region.overlap": 0.5})

    assert [limits.fires("region.no_evidence", value) for value in (0.4, 0.5, 0.6)] == [True, False, False]
    assert [limits.fires("region.overlap", value) for value in (0.4, 0.5, 0.6)] == [False, False, True]
    assert limits.fires("region.overlap", None) is None
    assert limits.fires("region.limit", 9) is False


def test_thresholds_know_between_which_others_every_comparison_stays_the_same() -> None:
    limits = Thresholds({"region.no_evidence": 0.5, "region.overlap": 0.5, "region.limit": 5, "pair.too_similar": 0.9})
    for value in (0.1, 0.4, 0.7, 0.9):
        limits.fires("region.no_evidence", value)
        limits.fires("region.overlap", value)
    limits.fires("region.limit", None)

    assert [limits.same_at("region.no_evidence", at) for at in (0.4, 0.41, 0.7, 0.71)] == [False, True, True, False]
    assert [limits.same_at("region.overlap", at) for at in (0.39, 0.4, 0.69, 0.7)] == [False, True, True, False]
    assert [limits.same_at("region.limit", value) for value in (5, 6)] == [True, False]
    assert limits.same_at("pair.too_similar", 0.1)  # nothing was compared with it
