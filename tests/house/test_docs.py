"""Documents name only files and modules that exist."""

import re
from pathlib import Path

import pytest

from tests.house.plan import ROOT, modules, name, short, tracked

_PATH = re.compile(r"`((?:imgdiff|gateway|services|training|benchmarks|tests|docs|k8s|examples)/[^`\s=]*)`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_MODULE = re.compile(r"python -m ((?:imgdiff|gateway|services|training|benchmarks)[\w.]*)")


@pytest.mark.parametrize("document", tracked("*.md"), ids=short)
def test_every_file_and_module_named_in_a_document_exists(document: Path) -> None:
    text = document.read_text()
    missing = [path for path in _PATH.findall(text) if not list(ROOT.glob(path.rstrip("/")))]
    missing += [link for link in _LINK.findall(text) if not (document.parent / link).exists()]
    missing += [module for module in _MODULE.findall(text) if module.rstrip(".") not in map(name, modules())]

    assert missing == []
