"""Every module has a test file of its name, or `tested_elsewhere.toml` names the file that tests it."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.house.plan import ROOT, imports, modules, name, short, tree

TABLES = tomllib.loads(Path(__file__).with_name("tested_elsewhere.toml").read_text())
ELSEWHERE: Mapping[str, str] = TABLES["tested_elsewhere"]
NOT_TESTED: Mapping[str, str] = TABLES["not_tested"]


def test_every_module_has_a_test_file_of_its_name_or_a_line_in_the_table() -> None:
    assert sorted(_without_own_test() - set(ELSEWHERE) - set(NOT_TESTED)) == []


def test_the_table_has_no_line_too_many() -> None:
    assert sorted((set(ELSEWHERE) | set(NOT_TESTED)) - _without_own_test()) == []


def test_every_test_file_in_the_table_reaches_its_module() -> None:
    assert {path: test for path, test in ELSEWHERE.items() if not _reaches(test, path)} == {}


@cache
def _without_own_test() -> set[str]:
    """Modules with code and without a test file of their name; `__main__` goes by its folder's name."""
    coded = [path for path in modules() if any(not isinstance(node, ast.Expr) for node in tree(path).body)]
    return {short(path) for path in coded if not _has_own_test(path)}


def _has_own_test(path: Path) -> bool:
    stem = path.parent.name if path.stem.startswith("__") else path.stem
    folder = Path(ROOT, "tests", path.relative_to(ROOT).parent)
    return any((place / f"test_{stem}.py").exists() for place in (folder, folder.parent))


def _reaches(test: str, path: str) -> bool:
    """Whether a test file or its fixtures import a module, directly or not, or start it as a process."""
    module = name(ROOT / path)
    program = module.removesuffix(".__main__")
    return module in _imported(test) or any(f'"{program}"' in (ROOT / file).read_text() for file in _files(test))


def _files(test: str) -> Iterator[str]:
    """The test file, and the files of fixtures that apply to it."""
    yield test
    for folder in Path(test).parents:
        if (ROOT / folder / "conftest.py").exists():
            yield str(folder / "conftest.py")


@cache
def _imported(test: str) -> set[str]:
    found: set[str] = set()
    ahead = {name(ROOT / file) for file in _files(test) if (ROOT / file).exists()}
    while ahead:
        found |= ahead
        ahead = {other for one in ahead for other in imports().get(one, ())} - found
    return found
