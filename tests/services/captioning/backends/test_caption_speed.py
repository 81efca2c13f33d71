"""The benchmark of the language-model path still runs."""

import re

import pytest

from benchmarks.speed.captions import main


def test_the_benchmark_tells_regions_and_the_share_of_the_peak(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--small", "--device", "cpu"])
    told = capsys.readouterr().out
    shares = [float(share) for share in re.findall(r"([\d.e-]+) % of the peak", told)]
    speeds = [float(speed) for speed in re.findall(r"([\d.]+) regions/s", told)]

    assert len(shares) == len(speeds) == 2
    assert min(*shares, *speeds) > 0
