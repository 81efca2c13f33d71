"""Chat: questions to a language model and its answers, for every service and every model."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Fault = Literal["refused", "malformed", "too_long"]


@dataclass(frozen=True)
class Form:
    """A JSON object that an answer should be, by its name and its fields, each of them a string.

    `hint` is added to the question where a server enforces the schema.
    """

    name: str
    fields: tuple[str, ...]
    hint: str

    @property
    def schema(self) -> dict[str, object]:
        """The form as a strict JSON Schema."""
        return {
            "type": "object",
            "properties": {field: {"type": "string"} for field in self.fields},
            "required": list(self.fields),
            "additionalProperties": False,
        }

    def read(self, text: str) -> Mapping[str, str] | None:
        """The fields of a JSON text; null where it is no JSON or a field is missing."""
        try:
            given = json.loads(text)
            found = {field: given[field] for field in self.fields}
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return found if all(isinstance(value, str) for value in found.values()) else None


@dataclass(frozen=True)
class Question:
    """One question without history; `images` makes data URLs when they are needed, since hundreds may wait.

    At `temperature` 0 the answer is the likeliest one; above, `seed` selects another one.
    """

    text: str
    max_new_tokens: int
    form: Form | None = None
    images: Callable[[], Sequence[str]] = tuple
    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True)
class Answer:
    """One answer as the model gave it; `fields` are of the form where that was enforced. Tokens are 0 where unknown."""

    text: str
    fault: Fault | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    fields: Mapping[str, str] | None = None
