"""The images: pinned, not root, probed, starting what the local set starts, and built in layers that stay."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.images import Image, run

SERVICES = ("detection", "captioning", "editing")
IMAGES = [Image("gateway", "gateway/Dockerfile", {})] + [
    Image(name, "services/Dockerfile", {"SERVICE": name, "VARIANT": variant})
    for name in SERVICES
    for variant in ("cpu", "gpu")
]
_ARGUMENTS_OF = {"gateway": {}} | {name: {"SERVICE": name} for name in SERVICES}


@pytest.fixture(params=IMAGES, ids=lambda image: "-".join((image.name, *image.arguments.values())[::2]))
def image(request: pytest.FixtureRequest) -> Image:
    chosen: Image = request.param
    return chosen


def _texts(image: Image, instruction: str) -> list[str]:
    return [text for name, text in image.steps() if name == instruction]


def test_every_image_that_is_deployed_has_a_dockerfile(root: Path) -> None:
    composed = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    manifests = [yaml.safe_load_all(path.read_text()) for path in (root / "k8s/base").glob("*.yaml")]
    deployed = [one for documents in manifests for one in documents if isinstance(one, dict)]
    used = {service["image"] for service in composed.values()} | {
        container["image"]
        for one in deployed
        if one.get("kind") == "Deployment"
        for container in one["spec"]["template"]["spec"]["containers"]
    }
    ours = {name.removeprefix("imgdiff/").split(":")[0] for name in used if name.startswith("imgdiff/")}

    assert ours == {image.name for image in IMAGES}
    assert all(re.search(r":\d", name) for name in used), "every image has a version as its tag"


def test_compose_builds_each_image_from_its_dockerfile(root: Path) -> None:
    composed = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    built = {name: service["build"] for name, service in composed.items() if "build" in service}

    assert {name: (build["dockerfile"], build.get("args", {})) for name, build in built.items()} == {
        image.name: (image.dockerfile, _ARGUMENTS_OF[image.name]) for image in IMAGES
    }


def test_every_image_is_based_on_a_pinned_tag(image: Image) -> None:
    assert image.bases() == {"python:3.11-bookworm", "python:3.11-slim-bookworm"}


def test_an_image_runs_as_a_user_that_is_a_number_and_not_root(image: Image) -> None:
    assert _texts(image, "USER") == ["10001:10001"]


def test_an_image_starts_what_the_local_set_starts(image: Image, commands: dict[str, list[str]]) -> None:
    [command] = _texts(image, "CMD")
    words = json.loads(command) if command.startswith("[") else command.removeprefix("exec ").replace('"', "").split()

    assert words == commands[image.name]


def test_an_image_exposes_and_probes_its_default_port(image: Image, ports: dict[str, int]) -> None:
    assert _texts(image, "EXPOSE") == [str(ports[image.name])]
    [probe] = _texts(image, "HEALTHCHECK")
    assert f"http://127.0.0.1:{ports[image.name]}/" in probe
    assert f"IMGDIFF_{image.name.upper()}_HOST=0.0.0.0" in " ".join(_texts(image, "ENV"))


def test_an_image_has_a_title_a_version_and_a_licence(image: Image, root: Path) -> None:
    project: Any = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    [label] = _texts(image, "LABEL")
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]+)"', label))

    assert labels == {"title": f"imgdiff-{image.name}", "version": project["version"], "licenses": project["license"]}


def test_an_image_installs_its_pinned_dependencies_before_it_copies_sources(image: Image, root: Path) -> None:
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    steps = image.steps("venv")
    install, extra = next(
        (number, found[1])
        for number, (_, text) in enumerate(steps)
        if (found := re.fullmatch(r'pip install -c constraints\.txt "\.\[(.+)\]"', text))
    )

    expected = [image.name, "gpu"] if image.arguments.get("VARIANT") == "gpu" else [image.name]
    assert extra.split(",") == expected
    assert set(expected) <= set(extras)
    assert [text for name, text in steps[:install] if name == "COPY"] == ["pyproject.toml constraints.txt ./"]
    assert {text for name, text in steps[install:] if name == "COPY"} == {
        "README.md LICENSE ./",
        "imgdiff imgdiff",
        *(["gateway gateway"] if image.name == "gateway" else ["services services"]),
    }


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_of_a_service_holds_only_its_own_weights(name: str) -> None:
    baked = Image(name, "services/Dockerfile", {"SERVICE": name})
    fetches = [text for _, text in baked.steps("weights") if "models fetch" in text]
    mounted = Image(name, "services/Dockerfile", {"SERVICE": name, "WEIGHTS": "mounted"})

    assert fetches == [f'IMGDIFF_MODELS_DIR=/models python -m imgdiff.cli models fetch --service "{name}"']
    assert not [text for _, text in mounted.steps("weights") if "models fetch" in text]


@pytest.mark.parametrize("image", IMAGES[:2], ids=["gateway", "detection"], indirect=True)
def test_the_steps_install_dependencies_first_and_then_the_packages(image: Image, tmp_path: Path) -> None:
    steps = image.steps("venv")
    sources = steps.index(("COPY", "README.md LICENSE ./"))
    environment = os.environ | {"PIP_NO_DEPS": "1", "PIP_QUIET": "1"}  # what they depend on is resolved in test_wheel

    run(steps[:sources], tmp_path, environment)
    without_sources = _installed(tmp_path)
    run([("WORKDIR", "/src"), *steps[sources:]], tmp_path, environment)
    with_sources = _installed(tmp_path)

    assert without_sources["requires"] == with_sources["requires"]
    assert {Path(name).parts[0] for name in without_sources["files"]} <= {"..", "imgdiff-0.1.0.dist-info"}
    package = "gateway" if image.name == "gateway" else "services"
    packages = {Path(name).parts[0] for name in with_sources["files"]} - {"..", "imgdiff-0.1.0.dist-info"}
    assert packages == {"imgdiff", package}
    assert {"imgdiff/weights/manifest.json", f"{package}/__init__.py"} <= set(with_sources["files"])


def _installed(folder: Path) -> dict[str, list[str]]:
    """What the distribution in the image's environment requires, and its files."""
    code = (
        "import json; from importlib.metadata import distribution; found = distribution('imgdiff'); "
        "print(json.dumps({'requires': found.requires, 'files': [str(name) for name in found.files]}))"
    )
    python = folder / "venv/bin/python"
    shown = subprocess.run([python, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    document: dict[str, list[str]] = json.loads(shown.stdout)
    return document


def test_only_what_is_named_goes_into_an_image(root: Path) -> None:
    lines = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]

    assert lines[0] == "*"
    for line in lines:
        if line.startswith("!"):
            assert (root / line[1:]).exists(), line
