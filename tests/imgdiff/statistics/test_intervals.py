"""Intervals of shares as the literature has them."""

import pytest

from imgdiff.statistics.intervals import wilson


def test_the_interval_is_wilsons() -> None:
    """The first figures are statsmodels': `proportion_confint(81, 263, method="wilson")`, after Newcombe (1998)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)
