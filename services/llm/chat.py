"""What a language model is asked and what it answers, whichever service asks and whichever model answers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Fault = Literal["refused", "malformed", "too_long"]


def _none() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Form:
    """The JSON object that an answer should be: a name, all of its fields, each a string, and one of them the text.

    Where a server can enforce a schema the answer's text is the JSON; `hint` is what it is told beside.
    """

    name: str
    fields: tuple[str, ...]
    hint: str

    @property
    def schema(self) -> dict[str, object]:
        """As JSON Schema, strict."""
        return {
            "type": "object",
            "properties": {field: {"type": "string"} for field in self.fields},
            "required": list(self.fields),
            "additionalProperties": False,
        }

    def read(self, text: str) -> Mapping[str, str] | None:
        """The fields out of JSON; null where it is none, or lacks one."""
        try:
            given = json.loads(text)
            found = {field: given[field] for field in self.fields}
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return found if all(isinstance(value, str) for value in found.values()) else None


@dataclass(frozen=True)
class Question:
    """One question in one turn; `images` makes data URLs when they are needed, since hundreds may wait.

    At `temperature` 0 the answer is the likeliest; `seed` draws another one where that is higher.
    """

    text: str
    max_new_tokens: int
    form: Form | None = None
    images: Callable[[], Sequence[str]] = _none
    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True)
class Answer:
    """One answer as it came: `fields` of the form, where it was enforced and kept, and the tokens; 0 where unknown."""

    text: str
    fault: Fault | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    fields: Mapping[str, str] | None = None
