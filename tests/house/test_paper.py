"""Every step in docs/paper.md that is not missing names a test, and the test exists."""

import ast
import re

import pytest

from tests.house.plan import ROOT, tree

_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/paper.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| step")
]


def test_the_table_has_steps() -> None:
    assert len(_ROWS) > 30


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_a_step_names_a_test_that_exists_or_is_missing(row: list[str]) -> None:
    *_, verdict, proof = row
    if "missing" in verdict:
        assert proof == "-"
        return
    file, test = re.fullmatch(r"`(tests/\S+\.py)` `(test_\w+)`", proof).groups()
    assert test in {node.name for node in ast.walk(tree(ROOT / file)) if isinstance(node, ast.FunctionDef)}
