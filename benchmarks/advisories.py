"""Looks for known vulnerabilities of the pinned versions: `make audit`.

Asks PyPI by pip-audit, or reads a clone of https://github.com/pypa/advisory-database with `--database`.
Exit code 0: none is known; 1: some are; 3: no source answered, or what it holds cannot be read, so nothing is known of
the pins.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

PINS = Path(__file__).parents[1] / "constraints.txt"
NOTHING_KNOWN = 3


def main() -> None:
    """Report the vulnerabilities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path, help="folder of the cloned database; without it PyPI is asked")
    database = parser.parse_args().database
    found = _ask_pypi() if database is None else _look_up(database)
    if found is None:
        print("no source of advisories answered: nothing is known of the pins", file=sys.stderr)
        sys.exit(NOTHING_KNOWN)
    print(*found or ["no pinned version has a known vulnerability"], sep="\n")
    sys.exit(bool(found))


def read_pins(path: Path) -> dict[str, str]:
    """The pinned versions by normalised name."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    pairs = (line.split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): version for name, version in pairs}


def read_database(folder: Path, pins: Mapping[str, str]) -> Iterator[str]:
    """The advisories that affect a pin. Raises FileNotFoundError where the folder has no `vulns`, or none in there."""
    known = {canonicalize_name(one.name): one for one in (folder / "vulns").iterdir()}
    if not known:
        raise FileNotFoundError(f"{folder} has no advisories")
    for name, version in pins.items():
        for file in sorted(known[name].glob("*.yaml")) if name in known else ():
            advisory = yaml.safe_load(file.read_text())
            if "withdrawn" not in advisory and any(_affects(one, version) for one in advisory["affected"]):
                yield f"{name} {version}: {', '.join((advisory['id'], *advisory.get('aliases', ())))}"


def _affects(affected: Mapping[str, Any], version: str) -> bool:
    ranges = (one["events"] for one in affected.get("ranges", ()) if one["type"] == "ECOSYSTEM")
    return version in affected.get("versions", ()) or any(_in_range(events, Version(version)) for events in ranges)


def _in_range(events: list[Mapping[str, str]], version: Version) -> bool:
    """Whether the version is after an `introduced` and not after what ends it."""
    inside = False
    for event in events:
        ((kind, text),) = event.items()
        try:
            limit = Version(text)
        except InvalidVersion:
            continue  # of a commit, or of another scheme
        if kind == "introduced" and version >= limit:
            inside = True
        elif (kind == "fixed" and version >= limit) or (kind == "last_affected" and version > limit):
            inside = False
    return inside


def _look_up(folder: Path) -> list[str] | None:
    """What a clone knows; None where it cannot be read."""
    try:
        return list(read_database(folder, read_pins(PINS)))
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        print(f"{folder} cannot be read: {error!r}", file=sys.stderr)
        return None


def _ask_pypi() -> list[str] | None:
    """What PyPI knows; None where it does not know every pin, since silence is no answer."""
    command = [sys.executable, "-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "--requirement", str(PINS)]
    asked = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False)
    found = read_answer(asked.stdout)
    if found is None:
        print(*asked.stderr.strip().splitlines()[-1:], file=sys.stderr)
    return found


def read_answer(text: str) -> list[str] | None:
    """What pip-audit prints as JSON; None where it ended without an answer."""
    try:
        audited: list[dict[str, Any]] = json.loads(text)["dependencies"]
    except ValueError:
        return None
    return [f"{one['name']} {one['version']}: {flaw['id']}" for one in audited for flaw in one.get("vulns", ())]


if __name__ == "__main__":
    main()
