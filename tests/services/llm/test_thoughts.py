"""What a model thinks is never part of its answer."""

import pytest

from services.llm.thoughts import disable_thinking, opens_thought, read_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a red cup", "a red cup"),
        ("", ""),
        ("<think>The user wants...</think>\n\na red cup", "a red cup"),
        ("<think>\n\n</think>\n\na red cup", "a red cup"),
        ("The user wants...\n</think>\n\na red cup", "a red cup"),
        ("<think>one</think>a red <think>two</think>cup", "a red cup"),
        ("a red cup<think>or is it", "a red cup"),
        ("<thinking>hm</thinking> a red cup", "a red cup"),
        ("◁think▷hm◁/think▷a red cup", "a red cup"),
        ("[THINK]hm[/THINK]a red cup", "a red cup"),
        ("<think>hm</think><answer>a red cup</answer>", "a red cup"),
        ("<|begin_of_box|>a red cup<|end_of_box|>", "a red cup"),
        ("a sign that reads think", "a sign that reads think"),
        ("<think>a <think>b</think>a red cup", "a red cup"),
        ("<think>" * 100_000, None),
        ("</think>" * 100_000 + "a red cup", "a red cup"),
        ("<answer></answer>", ""),
        ("<think>The user wants", None),
        ("<think>The user wants a cup.</think>", None),
        ("The user wants a cup.</think>", None),
    ],
)
def test_an_answer_is_what_remains_without_thoughts(text: str, answer: str | None) -> None:
    assert read_answer(text) == answer


def test_an_answer_that_begins_inside_a_thought_needs_its_end() -> None:
    assert read_answer("The user wants a cup", opened=True) is None
    assert read_answer("The user wants a cup.</think>a red cup", opened=True) == "a red cup"


@pytest.mark.parametrize(
    ("prompt", "opens"),
    [
        ("<|im_start|>assistant\n<think>\n", True),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", False),
        ("<|im_start|>assistant\n", False),
    ],
)
def test_a_prompt_may_open_a_thought(prompt: str, opens: bool) -> None:
    assert opens_thought(prompt) is opens


def test_thinking_is_turned_off_only_where_the_template_knows_how() -> None:
    assert disable_thinking("{% if enable_thinking is false %}...") == {"enable_thinking": False}
    assert disable_thinking("{{ messages }}") == {}
    assert disable_thinking(None) == {}
