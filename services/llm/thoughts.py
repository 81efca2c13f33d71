"""Thoughts: what a reasoning model writes before its answer. They are no part of the answer, in whatever tags."""

import re

_TAG = re.compile(r"(?P<open><think(?:ing)?>|◁think▷|\[THINK\])|</think(?:ing)?>|◁/think▷|\[/THINK\]")
_FRAME = re.compile(r"<\|(?:begin|end)_of_box\|>|</?answer>")  # around the answers of GLM-V


def read_answer(text: str, *, opened: bool = False) -> str | None:
    """The text without thoughts and without the marks of an answer; null where it is nothing but thoughts.

    `opened`: the prompt ends inside a thought, so that the text begins in it.
    """
    outside: list[str] = []
    inside, start, tag = opened, 0, None
    for tag in _TAG.finditer(text):
        if tag["open"] and not inside:
            outside.append(text[start : tag.start()])
        elif not tag["open"] and not inside:
            outside.clear()  # the chat template opened what ends here
        inside, start = bool(tag["open"]), tag.end()
    if not inside:
        outside.append(text[start:])
    left = _FRAME.sub("", "".join(outside)).strip()
    return None if not left and (opened or tag is not None) else left


def opens_thought(prompt: str) -> bool:
    """Whether a prompt, or its end, opens a thought that the model is to finish."""
    tags = [bool(tag["open"]) for tag in _TAG.finditer(prompt)]
    return bool(tags) and tags[-1]


def disable_thinking(template: object) -> dict[str, bool]:
    """The arguments of a chat template that turn thinking off, where the template knows any."""
    return {"enable_thinking": False} if "enable_thinking" in str(template) else {}
