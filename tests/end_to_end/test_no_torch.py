"""The embedded path needs no torch: it is not among its requirements, and nothing on it imports it."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from imgdiff.weights import locate, manifest

HEAVY = ("torch", "torchvision", "diffusers", "transformers", "open_clip", "segment_anything", "tensorflow", "jax")
_REFUSED = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise AssertionError(name + " was imported")
sys.meta_path.insert(0, Refuse())
"""
_EVERYTHING = rf"""
import importlib, pkgutil, re
from pathlib import Path
heavy = re.compile(r"^(from|import) ({"|".join(HEAVY)})\b", re.MULTILINE)
def on_large_models(module):
    source = Path(module.module_finder.path, module.name.rpartition(".")[2] + ".py")
    large = ".backends." in module.name or module.name.startswith("services.gpu")
    return large and source.is_file() and heavy.search(source.read_text())
found = 0
for room in ("imgdiff", "gateway", "services"):
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, room + "."):
        if module.name.endswith("__main__") or "versions" in module.name or "migrations" in module.name:
            continue
        if module.name.startswith(("imgdiff.integrations.datajuicer", "imgdiff.integrations.fiftyone")):
            continue  # Data-Juicer and FiftyOne have an environment of their own
        if not on_large_models(module):
            importlib.import_module(module.name)
            found += 1
print(found)
"""
_ENGINE = """
import importlib
doors = (importlib.import_module("services.{name}." + door) for door in ("backends", "engine"))
create_engine = next(door.create_engine for door in doors if hasattr(door, "create_engine"))
settings = importlib.import_module("services.{name}.settings")
engine = create_engine(settings.{name_capital}Settings())
engine.warm_up()
names = sys.modules.get("services.english.names")
if names is not None:
    names.class_names()
print(engine.backend)
"""


def _run(code: str, **settings: str) -> str:
    command = [sys.executable, "-c", _REFUSED + code]
    result = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def _requirements(name: str, extras: frozenset[str], seen: dict[str, frozenset[str]]) -> None:
    """Every distribution that `name[extras]` needs on this machine, by name."""
    if name in seen and seen[name] >= extras:
        return
    seen[name] = seen.get(name, frozenset()) | extras
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            _requirements(re.sub(r"[-_.]+", "-", requirement.name).lower(), frozenset(requirement.extras), seen)


def test_no_requirement_of_the_local_set_is_a_heavy_one() -> None:
    seen: dict[str, frozenset[str]] = {}
    _requirements("imgdiff", frozenset({"local"}), seen)

    assert {"onnxruntime", "celery", "opencv-python-headless"} <= set(seen)
    assert {name.replace("-", "_") for name in seen} & {*HEAVY, "open_clip_torch"} == set()


@pytest.mark.slow  # imports everything, for ten seconds
def test_every_module_but_the_backends_on_large_models_is_imported_without_a_heavy_one() -> None:
    assert int(_run(_EVERYTHING)) > 150


@pytest.mark.parametrize("name", ["detection", "captioning", "editing"])
def test_every_embedded_engine_runs_on_its_own_weights_without_a_heavy_one(name: str, tmp_path: Path) -> None:
    for weights in manifest().weights:
        if name in weights.services:
            (tmp_path / weights.file).symlink_to(locate(weights.name))
    code = _ENGINE.format(name=name, name_capital=name.capitalize())

    assert "embedded" in _run(code, IMGDIFF_MODELS_DIR=str(tmp_path), IMGDIFF_OFFLINE="1")
