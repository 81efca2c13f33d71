"""The benchmark runs both services in process and writes its tables, figures and sheet."""

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.kinds.__main__ import KINDS, main


def test_it_reports_every_kind_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "kinds.json"
    wanted = "page: jpeg,page: icon"
    arguments = ["--kinds", wanted, "--limit", "1", "--output", str(tmp_path), "--json", str(figures)]
    monkeypatch.setattr("sys.argv", ["kinds", *arguments])
    main()
    printed = capsys.readouterr().out

    assert "command: python -m benchmarks.kinds --kinds" in printed
    assert set(json.loads(figures.read_text())["kinds"]) == {"page: jpeg", "page: icon added"}
    assert "| page: icon added | 1 |" in printed
    assert (tmp_path / "kinds.md").read_text() == printed
    with Image.open(tmp_path / "worst.png") as sheet:
        assert sheet.width > 700


def test_a_kind_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["kinds", "--kinds", "no such kind", "--output", str(tmp_path)])

    with pytest.raises(SystemExit, match="page: jpeg"):
        main()
    assert len(set(KINDS)) == len(KINDS)
