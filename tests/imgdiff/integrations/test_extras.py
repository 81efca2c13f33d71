"""A missing package is reported with the extra to install."""

import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from imgdiff.integrations.extras import require_extra


def test_a_failed_import_names_the_extra() -> None:
    expected = r"the server needs the extra `mcp` \(pip install 'imgdiff\[mcp\]'\): no mcp"

    with pytest.raises(ImportError, match=expected), require_extra("mcp", "the server"):
        raise ImportError("no mcp")


def test_modules_import_without_the_packages_that_they_integrate() -> None:
    names = ["ray", "huggingface", "labelstudio.serving", "mcp.serving"]
    program = (
        "import sys, importlib\n"
        "for name in ('ray', 'datasets', 'pyarrow', 'mcp', 'numpy', 'PIL'): sys.modules[name] = None\n"
        f"for name in {names}: importlib.import_module('imgdiff.integrations.' + name)\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(("extra", "module"), [("label-studio", "labelstudio.backend"), ("mcp", "mcp.tools")])
def test_an_extra_holds_all_that_its_integration_imports(extra: str, module: str) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    needed = set(_needed([*project["dependencies"], *project["optional-dependencies"][extra]]))
    packages = metadata.packages_distributions().items()
    absent = [name for name, of in packages if name != "imgdiff" and not needed & set(map(canonicalize_name, of))]
    program = (
        f"import sys, importlib\nfor name in {absent}: sys.modules[name] = None\n"
        f"importlib.import_module('imgdiff.integrations.{module}')\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def _needed(requirements: Iterable[str], extras: frozenset[str] = frozenset()) -> Iterator[str]:
    """The packages that are installed with these."""
    for requirement in map(Requirement, requirements):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield canonicalize_name(requirement.name)
            of_it = metadata.requires(requirement.name) or ()
            yield from _needed(of_it, frozenset(requirement.extras))
