"""Boxes match greedily by IoU, each once, and tallies count what matched."""

import pytest

from benchmarks.regions.matching import Tally, count_matches
from imgdiff.records import Box

TRUE: list[Box] = [(0, 0, 10, 10), (20, 0, 30, 10)]


def test_a_box_is_matched_once() -> None:
    assert count_matches([(0, 0, 10, 10), (1, 0, 11, 10)], TRUE) == 1
    assert count_matches([(20, 0, 30, 10), (0, 0, 10, 10)], TRUE) == 2


def test_a_small_overlap_is_no_match() -> None:
    assert count_matches([(7, 0, 17, 10)], TRUE) == 0


def test_a_tally_has_recall_precision_and_alarms() -> None:
    tally = Tally()
    tally.add([(0, 0, 10, 10)], TRUE, 1.0)
    tally.add([(0, 0, 10, 10)], [], 1.0)
    tally.add([], [], 1.0)
    tally.add([(0, 0, 10, 10)], None, 1.0)

    assert (tally.recall, tally.precision) == (0.5, 1.0)
    assert tally.f1 == pytest.approx(2 / 3)
    assert tally.alarms == 0.5
    assert (tally.pairs, tally.seconds) == (4, 4.0)


def test_an_empty_tally_has_no_shares() -> None:
    tally = Tally()

    assert (tally.recall, tally.precision, tally.f1, tally.alarms) == (None, None, None, None)
