"""Which advisories of a database affect a pinned version, and how the audit ends: never well where nothing is known."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.advisories import NOTHING_KNOWN, PINS, read_answer, read_database, read_pins
from tests.ports import reserved_ports

ADVISORY = """
id: PYSEC-2026-1
aliases: [CVE-2026-1]
affected:
- ranges:
  - type: ECOSYSTEM
    events: [{introduced: "1.2"}, {fixed: "1.5"}, {introduced: "2.0"}, {last_affected: "2.1"}]
  versions: ["0.9.post1"]
"""


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("1.1", False),
        ("1.2", True),
        ("1.4.9", True),
        ("1.5", False),
        ("2.1", True),
        ("2.1.1", False),
        ("0.9.post1", True),
    ],
)
def test_an_advisory_affects_the_versions_in_its_ranges(tmp_path: Path, version: str, affected: bool) -> None:
    folder = tmp_path / "vulns" / "some-thing"
    folder.mkdir(parents=True)
    (folder / "PYSEC-2026-1.yaml").write_text(ADVISORY)
    (tmp_path / "pins.txt").write_text(f"Some_Thing=={version}\nother==1.3 # not known\n")

    found = list(read_database(tmp_path, read_pins(tmp_path / "pins.txt")))

    assert found == ([f"some-thing {version}: PYSEC-2026-1, CVE-2026-1"] if affected else [])


def test_the_pins_of_the_project_are_read() -> None:
    assert {"pillow", "schemathesis", "pip-audit"} <= read_pins(PINS).keys()


def _audit(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.advisories", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | settings, check=False, timeout=100)


def _write(folder: Path, package: str, introduced: str) -> None:
    home = folder / "vulns" / package
    home.mkdir(parents=True)
    events = [{"introduced": introduced}]
    advisory = {"id": "PYSEC-2026-1", "affected": [{"ranges": [{"type": "ECOSYSTEM", "events": events}]}]}
    (home / "PYSEC-2026-1.yaml").write_text(json.dumps(advisory))  # JSON is YAML


def test_an_audit_without_a_source_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    with reserved_ports(1) as (port,):
        proxy = f"http://127.0.0.1:{port}"  # where nobody listens
        ended = _audit(
            HTTPS_PROXY=proxy, https_proxy=proxy, NO_PROXY="", HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path)
        )

    assert ended.returncode == NOTHING_KNOWN
    assert "nothing is known of the pins" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("content", ["absent", "empty", "damaged"])
def test_an_audit_of_a_clone_that_cannot_be_read_knows_nothing(tmp_path: Path, content: str) -> None:
    if content != "absent":
        (tmp_path / "vulns").mkdir()
    if content == "damaged":
        _write(tmp_path, "pillow", "0")
        (tmp_path / "vulns" / "pillow" / "PYSEC-2026-1.yaml").write_text("affected: [")

    ended = _audit("--database", str(tmp_path))

    assert (ended.returncode, ended.stdout) == (NOTHING_KNOWN, "")
    assert str(tmp_path) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_audit_that_finds_a_vulnerable_pin_fails_and_names_it(tmp_path: Path) -> None:
    _write(tmp_path, "pillow", "0")

    ended = _audit("--database", str(tmp_path))

    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout == f"pillow {read_pins(PINS)['pillow']}: PYSEC-2026-1\n"


def test_an_audit_that_finds_none_succeeds(tmp_path: Path) -> None:
    _write(tmp_path, "pillow", "99998")

    ended = _audit("--database", str(tmp_path))

    assert (ended.returncode, ended.stdout) == (0, "no pinned version has a known vulnerability\n")


def test_an_answer_of_pypi_names_pins_and_flaws() -> None:
    dependencies = [
        {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1"}, {"id": "PYSEC-2026-2"}]},
        {"name": "numpy", "version": "2.0", "vulns": []},
    ]

    assert read_answer(json.dumps({"dependencies": dependencies, "fixes": []})) == [
        "pillow 1.0: PYSEC-2026-1",
        "pillow 1.0: PYSEC-2026-2",
    ]
    assert read_answer("") is None
