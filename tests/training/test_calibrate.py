"""Calibration fits probabilities, and is more afraid of false regions than of missed ones."""

import numpy as np

from training.calibrate import apply, fit


def test_confidence_follows_the_evidence_and_stays_below_the_share_of_changes() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(4000, 2))
    share = 1 / (1 + np.exp(-2 * numbers[:, 0]))
    right = rng.random(4000) < share

    confidence = apply(fit(numbers, right), numbers)

    assert np.corrcoef(confidence, share)[0, 1] > 0.95
    middle = (share > 0.4) & (share < 0.6)
    assert 0.2 < confidence[middle].mean() < 0.4
    assert confidence[numbers[:, 0] > 2].mean() > 0.9


def test_a_number_that_says_nothing_gets_no_weight() -> None:
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(4000, 2))
    weights = fit(numbers, numbers[:, 0] + 0.5 * rng.normal(size=4000) > 0)

    assert abs(weights[2]) < 0.1 * weights[1]
