"""Writer: prompts to a vision-language model and its answers. The models are backends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.llm.chat import Form

EMPTY, REFUSED, MALFORMED = "text.empty", "text.refused", "text.malformed"
LANGUAGE, TOO_LONG, NO_ANSWER = "text.language", "text.too_long", "text.no_answer"
FORMS = {"caption": Form("caption", ("caption",), 'Answer as JSON: {"caption": "..."}.')}


@dataclass(frozen=True)
class Prompt:
    """One question about one or more images.

    `draw` makes the images when they are needed, since hundreds of prompts may wait. `schema` names the one of FORMS
    that a backend enforces where it can; the writer then takes the text out of the answer. `likeliest` asks for that
    many tokens that may begin the answer, with their probabilities.
    """

    draw: Callable[[], tuple[RGB, ...]]
    instruction: str
    max_new_tokens: int
    schema: str | None = None
    likeliest: int = 0

    @property
    def images(self) -> tuple[RGB, ...]:
        """Each height x width x 3, RGB, 0..255."""
        return self.draw()


@dataclass(frozen=True)
class Written:
    """One answer as the model gave it, without its thoughts, with a `text.` code where it is unusable.

    Tokens are 0 where unknown. `likeliest` are the tokens that may begin the answer, empty where they are unknown.
    """

    text: str
    code: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    likeliest: Mapping[str, float] = field(default_factory=dict)


class Writer(Protocol):
    """A vision-language model. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The weights in use."""

    def warm_up(self) -> None:
        """Run the network once, where it runs in this process."""

    def write(self, prompts: Sequence[Prompt]) -> Sequence[Written | ImgdiffError]:
        """One answer or error for each prompt, in order; none depends on the other prompts.

        What is unavailable for the moment is a ServiceUnavailable with `retry_after`; no call waits without end.
        """
