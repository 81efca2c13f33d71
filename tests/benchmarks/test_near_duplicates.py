"""The benchmark of scenes prints errors by threshold, and what a pair costs."""

from pathlib import Path

import pytest

from benchmarks import near_duplicates
from imgdiff.images import encode_png
from tests.gateway.store.scenes.pictures import draw_photo


def test_errors_and_times_are_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3):
        (tmp_path / f"{seed}.png").write_bytes(encode_png(draw_photo(seed, 80, 60)))
    monkeypatch.setattr("sys.argv", ["near_duplicates", "--different", str(tmp_path), "--scenes", "50"])
    near_duplicates.main()
    printed = capsys.readouterr().out

    assert "3 images" in printed
    assert "missed: half the size              0.00%" in printed
    assert "taken for one, of 3" in printed
    assert "50 scenes, sqlite" in printed
