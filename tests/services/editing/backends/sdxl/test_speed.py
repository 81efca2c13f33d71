"""The benchmark of the backend `sdxl` still runs."""

import re

import pytest

from benchmarks.speed.sdxl import main


@pytest.mark.slow  # measures for nine seconds
def test_the_benchmark_prints_seconds_the_ratio_and_the_floor(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--small", "--device", "cpu", "--side", "32", "--steps", "2", "--batches", "1", "2", "--rounds", "1"]
    main(small)
    reported = capsys.readouterr().out
    ratios = [float(ratio) for ratio in re.findall(r"ratio ([\d.]+)", reported)]
    floors = [float(floor) for floor in re.findall(r"floor of ([\d.e-]+) s", reported)]

    assert len(ratios) == len(floors) == 2
    assert all(0.2 < ratio < 5 for ratio in ratios)
    assert floors[0] == pytest.approx(floors[1], rel=0.05)
    assert floors[0] > 0
