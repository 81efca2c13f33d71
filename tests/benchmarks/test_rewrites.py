"""The benchmark of rewrites prints its table and the edits of the chosen operations."""

from pathlib import Path

import pytest

from benchmarks import rewrites


def test_shares_and_edits_are_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "captions.txt").write_text("A cup next to a horse.\nVery quickly.\n")
    monkeypatch.setattr("sys.argv", ["rewrites", "--captions", str(tmp_path / "captions.txt"), "--show", "recolour"])
    rewrites.main()
    printed = capsys.readouterr().out

    assert "| replace | 50% |" in printed
    assert "rewrite.language 1" in printed or "rewrite.no_noun 1" in printed
    assert "cup > " in printed
