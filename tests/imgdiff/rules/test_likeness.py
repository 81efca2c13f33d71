"""Crops that show one thing speak against a change, where the light may have changed it."""

import pytest

from imgdiff.rules.likeness import doubt_alike, is_doubted


def test_likeness_counts_under_other_light_only() -> None:
    assert doubt_alike(0.9, 0.8, light=0.5) == 0.9
    assert doubt_alike(0.9, 0.8, light=20.0) < 0.5
    assert (is_doubted(0.5), is_doubted(20.0)) == (False, True)


def test_crops_of_two_things_leave_the_evidence_as_it_is() -> None:
    assert doubt_alike(0.9, 0.4, light=20.0) == pytest.approx(0.9)


@pytest.mark.parametrize("evidence", [0.0, 1.0])
def test_certain_evidence_stays_a_probability(evidence: float) -> None:
    assert 0 <= doubt_alike(evidence, 1.0, light=100.0) <= 1
