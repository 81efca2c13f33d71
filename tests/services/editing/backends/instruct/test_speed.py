"""The benchmark of the backend `flux2_klein` still runs."""

import re

import pytest

from benchmarks.speed.instruct import main


@pytest.mark.parametrize("captions", [False, True])
def test_the_benchmark_prints_seconds_and_the_floor(capsys: pytest.CaptureFixture[str], *, captions: bool) -> None:
    small = ["--small", "--device", "cpu", "--steps", "2", "--batches", "1", "2", "--rounds", "1"]
    main([*small, "--captions"] if captions else small)
    reported = capsys.readouterr().out
    floors = [float(floor) for floor in re.findall(r"floor of ([\d.e-]+) s", reported)]

    assert len(re.findall(r"pairs a batch: +[\d.]+ s a pair", reported)) == 2
    assert floors[0] == floors[1] > 0
