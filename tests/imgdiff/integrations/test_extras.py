"""A missing package is reported with the extra to install."""

import subprocess
import sys

import pytest

from imgdiff.integrations.extras import require_extra


def test_a_failed_import_names_the_extra() -> None:
    expected = r"the server needs the extra `mcp` \(pip install 'imgdiff\[mcp\]'\): no mcp"

    with pytest.raises(ImportError, match=expected), require_extra("mcp", "the server"):
        raise ImportError("no mcp")


def test_modules_import_without_the_packages_that_they_integrate() -> None:
    names = ["ray", "huggingface", "mcp.serving"]
    program = (
        "import sys, importlib\n"
        "for name in ('ray', 'datasets', 'pyarrow', 'mcp', 'numpy', 'PIL'): sys.modules[name] = None\n"
        f"for name in {names}: importlib.import_module('imgdiff.integrations.' + name)\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
