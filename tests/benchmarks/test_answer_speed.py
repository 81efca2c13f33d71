"""The measurement of whole answers prints a row for each pair that was asked for."""

import pytest

from benchmarks.speed.answers import PAIRS, main


def test_it_prints_a_row_for_each_pair_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["answers", "--pairs", "960x640 page", "--rounds", "1"])
    main()
    rows = capsys.readouterr().out.splitlines()

    assert rows[0] == "command: python -m benchmarks.speed.answers --pairs 960x640 page --rounds 1"
    assert any(row.startswith("| 960x640 page, icon added | 1 | ") for row in rows)
    assert len(set(PAIRS)) == len(PAIRS)
