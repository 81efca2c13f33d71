"""Which advisories of a database affect a pinned version."""

from pathlib import Path

import pytest

from benchmarks.advisories import PINS, read_database, read_pins

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

    assert found == ([f"some-thing {version}: PYSEC-2026-1 CVE-2026-1"] if affected else [])


def test_the_pins_of_the_project_are_read() -> None:
    assert {"pillow", "schemathesis", "pip-audit"} <= read_pins(PINS).keys()
