"""Our own layout for questions with options."""

import json
from pathlib import Path

import pytest

from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.evaluation.layouts.catalogue import read_benchmark


def test_options_are_listed_with_their_letters(choices: Path) -> None:
    first, second = read_benchmark("choices", choices, "test").samples

    assert first.images == (choices / "one.png", choices / "two.png")
    assert "\nA. a dog\nB. a cat\nC. a cow\nD. no difference\n" in first.prompt
    assert [(one.letters, one.answer, one.category) for one in (first, second)] == [
        ("abcd", "a", "texture"),
        ("abcd", "d", "motion"),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": 4}, "entry q0: answer 4 of 4 options"),
        ({"options": ["one"]}, "entry 1: options: "),
        ({"choices": []}, "entry 1: choices: Extra inputs are not permitted"),
        ({"id": "q3"}, "several entries with one id"),
    ],
)
def test_a_wrong_entry_is_refused(choices: Path, change: dict[str, object], message: str) -> None:
    path = choices / "questions.jsonl"
    first, second = map(json.loads, path.read_text().splitlines())
    path.write_text("\n".join(map(json.dumps, [first | change, second])))

    with pytest.raises(InvalidRequest, match=message):
        read_benchmark("choices", choices, "test")


def test_a_text_may_hold_any_separator_of_lines(choices: Path) -> None:
    path = choices / "questions.jsonl"
    entries = [json.loads(line) | {"question": "One\u2028two\x85three?"} for line in path.read_text().splitlines()]
    path.write_text("\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries), encoding="utf-8")

    assert read_benchmark("choices", choices, "test").samples[1].prompt.startswith("One\u2028two\x85three?\n")


def test_a_file_without_questions_is_refused(choices: Path) -> None:
    (choices / "questions.jsonl").write_text("")

    with pytest.raises(NotFound, match=r"no entry of choices in .* can be scored"):
        read_benchmark("choices", choices, "test")


def test_an_unknown_layout_is_refused_with_the_known_ones(choices: Path) -> None:
    with pytest.raises(InvalidRequest, match="no layout 'vqa'; there are mmvp, spot-the-diff"):
        read_benchmark("vqa", choices, "test")
