"""The images: pinned, not root, probed, and starting what the local set starts."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

IMAGES = ("gateway", "detection", "captioning", "editing")


def _path(root: Path, name: str) -> Path:
    return root / ("gateway" if name == "gateway" else f"services/{name}") / "Dockerfile"


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def final_stage(root: Path, image: str) -> str:
    return "FROM" + _path(root, image).read_text().rsplit("\nFROM", 1)[1]


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

    assert ours == set(IMAGES)
    assert all(_path(root, name).is_file() for name in ours)
    assert all(re.search(r":\d", name) for name in used), "every image has a version as its tag"


def test_every_image_is_based_on_a_pinned_tag(root: Path, image: str) -> None:
    text = _path(root, image).read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    bases = [base for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE) if base not in stages and "$" not in base]

    assert bases
    assert all(re.fullmatch(r"python:3\.11(-slim)?-bookworm", base) for base in bases)


def test_an_image_runs_as_a_user_that_is_a_number_and_not_root(final_stage: str) -> None:
    assert re.findall(r"^USER (.+)$", final_stage, re.MULTILINE) == ["10001:10001"]


def test_an_image_starts_what_the_local_set_starts(
    final_stage: str, image: str, commands: dict[str, list[str]]
) -> None:
    [command] = re.findall(r"^CMD (\[.+\])$", final_stage, re.MULTILINE)

    assert json.loads(command) == commands[image]


def test_an_image_exposes_and_probes_its_default_port(final_stage: str, image: str, ports: dict[str, int]) -> None:
    assert re.findall(r"^EXPOSE (.+)$", final_stage, re.MULTILINE) == [str(ports[image])]
    assert f"http://127.0.0.1:{ports[image]}/" in final_stage.split("HEALTHCHECK")[1]


def test_an_image_has_a_title_a_version_and_a_licence(final_stage: str, root: Path, image: str) -> None:
    project: Any = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]+)"', final_stage))

    assert labels == {"title": f"imgdiff-{image}", "version": project["version"], "licenses": project["license"]}


def test_an_image_installs_the_pinned_set_by_an_extra_that_exists(root: Path, image: str) -> None:
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installs = re.findall(r"^RUN pip install (.+) '\.\[(.+)\]'$", _path(root, image).read_text(), re.MULTILINE)

    assert installs
    assert {options for options, _ in installs} == {"-c constraints.txt"}
    assert {extra for _, names in installs for extra in names.split(",")} <= set(extras)


def test_the_three_services_have_one_dockerfile_but_for_names_and_ports(root: Path, ports: dict[str, int]) -> None:
    def bare(name: str) -> str:
        text = _path(root, name).read_text().replace(str(ports[name]), "PORT")
        return text.replace(name.upper(), "NAME").replace(name, "name")

    assert bare("detection") == bare("captioning") == bare("editing")


def test_only_what_is_named_goes_into_an_image(root: Path) -> None:
    lines = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]

    assert lines[0] == "*"
    for line in lines:
        if line.startswith("!"):
            assert (root / line[1:]).exists(), line
