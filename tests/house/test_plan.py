"""The layout keeps its limits: sizes, import depth, walls between folders, and a reason beside every number."""

import pytest

from tests.house.plan import (
    CODE_ROOMS,
    bare_constants,
    folder_cycles,
    folder_sizes,
    functions,
    longest_chain,
    modules,
    short,
    tracked,
)

MAX_FUNCTION, MAX_FILE = 40, 300  # lines
MAX_FOLDER = 15  # modules, `__init__` not counted
HISTORY = "gateway/store/migrations/versions"  # which grows by one with each change of the tables
MAX_DEPTH = 8  # modules in a chain of imports inside one service or the gateway
MAX_SKIPS = 30  # comments that switch the formatter off, in the whole repository


def test_no_function_is_longer_than_forty_lines() -> None:
    assert [name for path in tracked("*.py") for name, lines in functions(path) if lines > MAX_FUNCTION] == []


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    assert [short(path) for path in tracked("*.py") if path.read_text().count("\n") > MAX_FILE] == []


def test_no_folder_holds_more_than_fifteen_modules() -> None:
    crowded = {folder: size for folder, size in folder_sizes().items() if size > MAX_FOLDER}
    assert crowded.keys() - {HISTORY} == set()


@pytest.mark.parametrize(
    "room", ["gateway", "services.captioning", "services.detection", "services.editing", "services.english"]
)
def test_no_chain_of_imports_is_longer_than_eight_modules(room: str) -> None:
    chain = longest_chain(room)

    assert len(chain) <= MAX_DEPTH, " > ".join(chain)


@pytest.mark.parametrize("room", CODE_ROOMS)
def test_no_two_neighbours_in_a_folder_import_one_another(room: str) -> None:
    assert folder_cycles(room) == []


def test_every_named_number_of_a_service_has_a_comment() -> None:
    assert [bare for path in modules() if short(path).startswith("services/") for bare in bare_constants(path)] == []


def test_the_formatter_is_seldom_switched_off() -> None:
    assert sum(path.read_text().count("# fmt: " + "skip") for path in tracked("*.py")) <= MAX_SKIPS
