"""The rules of the house that no linter knows: lengths, names, sentences, and a project that speaks of itself."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE_ROOMS = ("imgdiff", "gateway", "services", "training", "benchmarks")
MAX_FUNCTION, MAX_FILE, MAX_README, MAX_DECISION = 60, 400, 150, 40
EMPTY_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}


def _tracked(pattern: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def _modules() -> list[Path]:
    return [path for path in _tracked("*.py") if path.relative_to(ROOT).parts[0] in CODE_ROOMS]


def _functions(path: Path) -> list[tuple[str, int]]:
    found = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(f"{path.relative_to(ROOT)}:{n.lineno} {n.name}", (n.end_lineno or n.lineno) - n.lineno + 1) for n in found]


def test_there_are_modules_to_judge() -> None:
    assert len(_modules()) > 40


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [name for path in _tracked("*.py") for name, lines in _functions(path) if lines > MAX_FUNCTION]

    assert long == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = [str(path.relative_to(ROOT)) for path in _tracked("*.py") if path.read_text().count("\n") > MAX_FILE]

    assert long == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [str(path.relative_to(ROOT)) for path in _modules() if not ast.get_docstring(ast.parse(path.read_text()))]

    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in _modules() if path.stem in EMPTY_NAMES] == []


def test_the_readme_stays_under_its_limit() -> None:
    lines = (ROOT / "README.md").read_text().count("\n")

    assert 20 < lines < MAX_README


def test_every_decision_is_short_and_has_its_three_parts() -> None:
    decisions = _tracked("docs/decisions/*.md")

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
    texts = [path for path in _tracked("*") if path.suffix not in {".gz", ".jpg", ".onnx", ".png", ".webp"}]
    naming = [str(path.relative_to(ROOT)) for path in texts if re.search(pattern, path.read_text())]

    assert naming == [], what
