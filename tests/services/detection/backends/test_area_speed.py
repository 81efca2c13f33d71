"""The benchmark of the area generator still runs, with every kind of segmenter."""

import re

import pytest

from benchmarks.speed.areas import main


def test_the_benchmark_tells_speed_operations_and_where_the_time_went(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--small", "--device", "cpu"])
    told = capsys.readouterr().out
    shares = [float(share) for share in re.findall(r"([\d.e-]+) % of the peak", told)]
    parts = [sum(map(int, re.findall(r" (\d+) %", line))) for line in told.splitlines() if "encoder" in line]

    assert len(shares) == 4  # two networks, one pair and two
    assert all(share > 0 for share in shares)
    assert all(abs(total - 100) <= 2 for total in parts)
    assert {"encoder", "decoder", "CLIP", "CPU"} <= set(re.findall(r"\w+", told))
