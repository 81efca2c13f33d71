"""Chat: questions to a language model and its answers, for every service and every model."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["refused", "malformed", "too_long", "no_answer"]


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

    At `temperature` 0 the answer is the likeliest one; above, `seed` selects another one. `likeliest` asks for that
    many tokens that may begin the answer, with their probabilities.
    """

    text: str
    max_new_tokens: int
    form: Form | None = None
    images: Callable[[], Sequence[str]] = tuple
    temperature: float = 0.0
    seed: int | None = None
    likeliest: int = 0


@dataclass(frozen=True)
class Answer:
    """One answer as the model gave it, without its thoughts; `fields` are of the form where that was enforced.

    Tokens are 0 where unknown. `likeliest` are the tokens that may begin the answer, empty where they are unknown.
    """

    text: str
    fault: Fault | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    fields: Mapping[str, str] | None = None
    likeliest: Mapping[str, float] = field(default_factory=dict)
