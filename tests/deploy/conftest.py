"""The deployment's files as data: compose merged, overlays rendered, and the commands to compare with."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.pipeline.stage_table import addresses
from gateway.settings import GatewaySettings
from imgdiff.backends.catalogue import catalogue
from imgdiff.jobs import StageName
from imgdiff.local.layout import Layout
from imgdiff.local.programs import local_programs

ROOT = Path(__file__).parents[2]
OVERLAYS = ("single-node", "production", "gpu")
_REPLACED = {"command", "entrypoint", "test"}  # compose replaces these lists; it appends the others

Document = dict[str, Any]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the local set runs, by name: the one list that images, compose and Kubernetes must agree with."""
    layout = Layout(tmp_path_factory.mktemp("layout"))
    layout.create()
    programs = local_programs(layout, Path("redis-server"), "127.0.0.1", 8000)
    return {one.name: ["python", *one.command[1:]] for one in programs if one.name != "redis"}


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """Default ports, as the gateway's settings have them."""
    settings = GatewaySettings()
    services = {name.value: int(url.rsplit(":", 1)[1]) for name, url in addresses(settings).items()}
    return {"gateway": settings.port} | services


@pytest.fixture(scope="session")
def services() -> list[str]:
    return [name.value for name in StageName]


def memory_of(service: str) -> float:
    """GB of main memory that a service's largest model takes while it loads, with those beside it.

    Qwen-Image-Edit is left out: the files name another limit for it.
    """
    models = [model for model in catalogue().models if model.service == service and model.name != "qwen_image_edit"]
    largest = max(models, key=lambda model: model.host_gb)
    return largest.host_gb + sum(catalogue().named(name).disk_gb for name in largest.needs)


def load_compose(name: str) -> Document:
    document: Document = yaml.safe_load((ROOT / name).read_text())
    return document


def merge(below: Any, above: Any, key: str = "") -> Any:
    """Compose's rules for two files: mappings merge, lists append, scalars and commands are replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        names = below | above
        return {
            name: merge(below[name], above[name], name) if name in below and name in above else names[name]
            for name in names
        }
    if isinstance(below, list) and isinstance(above, list) and key not in _REPLACED:
        return [*below, *above]
    return above


@pytest.fixture(scope="session", params=["cpu", "gpu"])
def compose(request: pytest.FixtureRequest) -> Document:
    """docker-compose.yml, alone and with docker-compose.gpu.yml merged over it."""
    document = load_compose("docker-compose.yml")
    if request.param == "gpu":
        document = merge(document, load_compose("docker-compose.gpu.yml"))
    return document


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Document]]:
    """Render one overlay, over a copy of k8s/ in which the examples of the secrets stand for the secrets."""
    tree = tmp_path_factory.mktemp("rendered") / "k8s"
    shutil.copytree(ROOT / "k8s", tree)
    for example in tree.rglob("*.example"):
        example.with_suffix("").write_text(example.read_text())
    command = _renderer()

    def rendered(overlay: str) -> list[Document]:
        done = subprocess.run([*command, str(tree / "overlays" / overlay)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "deprecated" not in done.stderr, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]

    return rendered


@pytest.fixture(scope="session", params=OVERLAYS)
def manifests(request: pytest.FixtureRequest, render: Callable[[str], list[Document]]) -> list[Document]:
    return render(request.param)


def _renderer() -> list[str]:
    """`kustomize build`, or kubectl where the kustomize inside is 5 or newer; fails when there is neither."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    if shutil.which("kubectl"):
        shown = subprocess.run(["kubectl", "version", "--client", "-o", "json"], capture_output=True, check=True)
        version = json.loads(shown.stdout).get("kustomizeVersion", "v0")
        if int(version.removeprefix("v").split(".")[0]) >= 5:
            return ["kubectl", "kustomize"]
    return pytest.fail("rendering k8s/ needs kustomize 5, or kubectl 1.27 or newer, on PATH; Debian 12 has neither")
