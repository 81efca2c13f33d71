"""The benchmark of rewrites prints its table and the edits asked for."""

from pathlib import Path

import pytest

from benchmarks import rewrites


def test_it_tells_shares_and_edits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "captions.txt").write_text("A cup next to a horse.\nVery quickly.\n")
    monkeypatch.setattr("sys.argv", ["rewrites", "--captions", str(tmp_path / "captions.txt"), "--show", "recolour"])
    rewrites.main()
    told = capsys.readouterr().out

    assert "| replace | 50% |" in told
    assert "rewrite.language 1" in told or "rewrite.no_noun 1" in told
    assert "cup > " in told
