"""House rules that no linter knows: names, docstrings, documents, and a project that describes only itself."""

import ast
import re

import pytest

from tests.house.plan import ROOT, modules, short, tracked, tree

MAX_README, MAX_DECISION = 150, 40  # lines
EMPTY_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}


def test_there_are_modules_to_check() -> None:
    assert len(modules()) > 40


def test_every_module_opens_with_a_sentence() -> None:
    silent = [short(path) for path in modules() if not ast.get_docstring(tree(path))]

    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [short(path) for path in modules() if path.stem in EMPTY_NAMES] == []


def test_the_readme_stays_under_its_limit() -> None:
    lines = (ROOT / "README.md").read_text().count("\n")

    assert 20 < lines < MAX_README


def test_every_decision_is_short_and_has_its_three_parts() -> None:
    decisions = tracked("docs/decisions/*.md")

    assert decisions
    for path in decisions:
        text = path.read_text()
        assert text.count("\n") <= MAX_DECISION, path
        for part in ("## Context", "## Decision", "## Consequence"):
            assert part in text, (path, part)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        # written in pieces so that this file does not name them either
        ("a package registry's host", r"py" + r"pi\.org|registry\.npm" + r"js\.org|python" + r"hosted\.org"),
        ("the place it was written in", r"/wor" + r"k/|\.\./shar" + r"ed|\.librar" + r"y/"),
    ],
)
def test_no_file_names(what: str, pattern: str) -> None:
    texts = [path for path in tracked() if path.suffix not in {".gz", ".jpg", ".onnx", ".png", ".webp"}]
    naming = [short(path) for path in texts if re.search(pattern, path.read_text())]

    assert naming == [], what
