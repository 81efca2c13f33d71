"""The benchmark of the language-model path still runs."""

import re

import pytest

from benchmarks.speed.captions import main
from benchmarks.speed.decoding import Decoding, cache_bytes, weight_bytes
from benchmarks.speed.random_qwen import TINY_QWEN, qwen


@pytest.mark.parametrize("network", ["llava-next", "qwen3-vl-8b"])
def test_the_benchmark_tells_regions_the_share_of_the_peak_and_what_limits_it(
    capsys: pytest.CaptureFixture[str], network: str
) -> None:
    main(["--small", "--device", "cpu", "--network", network])
    told = capsys.readouterr().out
    shares = [float(share) for share in re.findall(r"([\d.e-]+) % of the (?:peak|bandwidth)", told)]
    speeds = [float(speed) for speed in re.findall(r"([\d.]+) regions/s", told)]

    assert (len(shares), len(speeds)) == (4, 2)
    assert min(*shares, *speeds) > 0
    assert told.count("limited by") == 2
    assert "GB/s" in told


@pytest.mark.parametrize(
    ("seconds", "limit"),
    [
        ((9.0, 0.1, 0.09, 10), "reading images and prompts"),
        ((0.1, 0.1, 0.09, 10), "memory bandwidth"),
        ((0.1, 0.1, 0.01, 10), "launching kernels"),
    ],
)
def test_the_limit_is_where_most_of_the_time_goes(seconds: tuple, limit: str) -> None:
    assert Decoding(*seconds).limit.startswith(limit)


def test_a_step_reads_the_language_model_and_what_each_token_left() -> None:
    model, _ = qwen(TINY_QWEN)
    whole = sum(one.numel() * 4 for one in model.parameters())
    vision = sum(one.numel() * 4 for one in model.model.visual.parameters())

    assert weight_bytes(model) == whole - vision - 4 * 320 * 32  # without the embeddings
    assert cache_bytes(model) == 2 * 2 * 2 * 8 * 4
