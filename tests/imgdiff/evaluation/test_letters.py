"""A letter is read where it is clearly stated, and nowhere else."""

import pytest

from imgdiff.evaluation.letters import read_letter


@pytest.mark.parametrize(
    "text",
    [
        "B",
        "b",
        "(b)",
        "(B) No",
        "b) a cat",
        "B. A cat is gone",
        "B: a cat",
        "**B**",
        " (b)\n",
        "Answer: B",
        "The answer is (b).",
        "The correct answer is B",
        "Option B",
        "b.",
        "B. a cat or a dog",
    ],
)
def test_a_stated_letter_is_read(text: str) -> None:
    assert read_letter(text, "abcd") == "b"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A cat is gone",
        "a cat",
        "I cannot tell.",
        "Both",
        "E",
        "(e) a fifth",
        "(a) or (b)",
        "(a) Yes (b) No",
        "A. or B",
        "The answer is a cat",
        "Yes",
        "ab",
        "As an AI model I cannot see images",
    ],
)
def test_what_states_no_single_letter_is_not_read(text: str) -> None:
    assert read_letter(text, "abcd") is None


def test_the_same_letter_said_twice_is_one() -> None:
    assert read_letter("(a) Yes, so (a)", "ab") == "a"
