"""Thoughts: what a reasoning model writes before its answer. They are no part of the answer, in whatever tags."""

import re

_OPEN, _CLOSE = r"(?:<think(?:ing)?>|◁think▷|\[THINK\])", r"(?:</think(?:ing)?>|◁/think▷|\[/THINK\])"
_CLOSED = re.compile(rf"{_OPEN}.*?{_CLOSE}", re.DOTALL)
_ONLY_CLOSED = re.compile(rf"^.*{_CLOSE}", re.DOTALL)  # the chat template opened it
_UNFINISHED = re.compile(rf"{_OPEN}.*$", re.DOTALL)
_FRAME = re.compile(r"<\|(?:begin|end)_of_box\|>|</?answer>")  # around the answers of GLM-V


def read_answer(text: str, *, opened: bool = False) -> str | None:
    """The text without thoughts and without the marks of an answer; null where it is nothing but thoughts.

    `opened`: the prompt ends inside a thought, so that the text begins in it.
    """
    if opened and not _ONLY_CLOSED.search(text):
        return None
    answer = _UNFINISHED.sub("", _ONLY_CLOSED.sub("", _CLOSED.sub("", text)))
    left = _FRAME.sub("", answer).strip()
    return None if not left and answer != text else left


def opens_thought(prompt: str) -> bool:
    """Whether a prompt, or its end, opens a thought that the model is to finish."""
    return re.search(_OPEN, _CLOSED.sub("", prompt)) is not None


def disable_thinking(template: object) -> dict[str, bool]:
    """The arguments of a chat template that turn thinking off, where the template knows any."""
    return {"enable_thinking": False} if "enable_thinking" in str(template) else {}
