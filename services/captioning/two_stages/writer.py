"""What is asked of a vision-language model and what it answers; the models themselves are backends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.llm.chat import Form

EMPTY, REFUSED, MALFORMED = "text.empty", "text.refused", "text.malformed"
LANGUAGE, TOO_LONG = "text.language", "text.too_long"
FORMS = {"caption": Form("caption", ("caption",), 'Answer as JSON: {"caption": "..."}.')}


@dataclass(frozen=True)
class Prompt:
    """One question about one or more images.

    The images are drawn when they are needed, since hundreds may wait. `schema` names the one of FORMS that the
    answer should have where a backend can enforce it; the writer takes the answer's text out of it again.
    """

    drawn: Callable[[], tuple[RGB, ...]]
    instruction: str
    max_new_tokens: int
    schema: str | None = None

    @property
    def images(self) -> tuple[RGB, ...]:
        """Height x width x 3 each, RGB, 0..255."""
        return self.drawn()


@dataclass(frozen=True)
class Written:
    """One answer as it came, with a `text.` code where it is none, and the tokens that it took; 0 where unknown."""

    text: str
    code: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Writer(Protocol):
    """A vision-language model. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """What it runs."""

    def warm_up(self) -> None:
        """Run the network once, where it is ours."""

    def write(self, prompts: Sequence[Prompt]) -> Sequence[Written | ImgdiffError]:
        """One answer or error for each prompt, in order; none depends on the other prompts.

        Whatever cannot be had for the moment is a ServiceUnavailable with `retry_after`, never a wait without an end.
        """
