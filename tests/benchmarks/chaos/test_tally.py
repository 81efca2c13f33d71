"""The table shows what was counted."""

import math

from benchmarks.chaos.tally import HEAD, Tally, row


def test_a_row_has_a_cell_for_each_column() -> None:
    tally = Tally(faults=2, accepted=6, succeeded=5, failed=1, back=[0.5], ended=[3.0, 1.0], probes=[0.002, 0.004])

    assert not tally.perfect
    assert row("a fault", tally) == "| a fault | 2 | 6 | 5 | 0 | 1 | 0 | 0.5 / 0.5 | 2.0 / 3.0 | 4 |"
    assert row("a fault", tally).count("|") == HEAD[0].count("|")


def test_rounds_add_up_and_one_that_broke_off_is_not_perfect() -> None:
    tally = Tally(faults=1, accepted=3, succeeded=3)
    tally.add(Tally(faults=1, accepted=3, succeeded=3))

    assert (tally.accepted, tally.perfect) == (6, True)
    tally.add(Tally(errors=1))
    assert not tally.perfect


def test_a_gateway_that_does_not_answer_is_away_and_one_probe_in_a_hundred_may_be_lost() -> None:
    assert row("x", Tally(probes=[0.001] * 99 + [math.inf])).endswith("| 1 |")
    assert row("x", Tally(probes=[0.001] * 97 + [math.inf] * 3)).endswith("| away |")
