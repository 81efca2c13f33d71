"""A language model chooses what takes an object's place; what it writes is checked, and the grammar does the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.seeds import derive
from services.editing.rewriting import instructions
from services.editing.rewriting.by_template import edited
from services.editing.rewriting.check import fault, spliced
from services.editing.rewriting.mentions import tidy
from services.editing.rewriting.rewrite import Rewrite, RewriteOrder
from services.editing.rewriting.targets import NOT_FOUND, TOO_LONG, meant, named_things
from services.llm.chat import Answer, Question

LONGEST = 1_200  # characters of a caption that a model is asked about
_TRIES = 2
_UNAVAILABLE = Reason(code="rewrite.unavailable")


class Chat(Protocol):
    """A language model that answers questions; none of the answers depends on the other questions."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """What it runs."""

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer | ImgdiffError]:
        """One answer or error for each question, in order."""


@dataclass(frozen=True)
class LanguageRewriter:
    """Rewrites by a chat model; `temperature` 0 is greedy, so that only a second try depends on the seed."""

    chat: Chat
    temperature: float = 0.8  # the authors'

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Of the chat."""
        return self.chat.models

    def rewrite(self, orders: Sequence[RewriteOrder]) -> list[Rewrite | Reason]:
        """See `Rewriter`: all orders that need the model are asked at once, those whose answer fails once more."""
        done = {number: made for number, order in enumerate(orders) if (made := _without_model(order)) is not None}
        asked = [number for number in range(len(orders)) if number not in done]
        for attempt in range(_TRIES):
            answers = self._ask([orders[number] for number in asked], attempt)
            for number, answer in zip(asked, answers, strict=True):
                done[number] = done.get(number, answer) if answer == _UNAVAILABLE else answer
            asked = [number for number in asked if isinstance(done[number], Reason) and done[number] != _UNAVAILABLE]
        return [done[number] for number in range(len(orders))]

    def _ask(self, orders: Sequence[RewriteOrder], attempt: int) -> list[Rewrite | Reason]:
        """Raises the error where not one question of the first try was answered."""
        temperature = self.temperature if attempt == 0 else max(self.temperature, 0.7)
        questions = [
            instructions.question(order.caption, order.target, temperature=temperature, seed=_seed(order, attempt))
            for order in orders
        ]
        answers = self.chat.ask(questions) if questions else []
        errors = [one for one in answers if isinstance(one, ImgdiffError)]
        if attempt == 0 and errors and len(errors) == len(answers):
            raise errors[0]
        return [
            _UNAVAILABLE if isinstance(answer, ImgdiffError) else _read(order, answer)
            for order, answer in zip(orders, answers, strict=True)
        ]


def _seed(order: RewriteOrder, attempt: int) -> int:
    """Another one for each try; servers take 31 bits."""
    return derive(order.seed, "rewrite", attempt) % 2**31


def _without_model(order: RewriteOrder) -> Rewrite | Reason | None:
    """What the grammar can say alone, or why nobody can; null where the model is to be asked."""
    if order.operation is not Operation.REPLACE or order.replacement is not None:
        return edited(order)
    caption = tidy(order.caption)
    things = named_things(caption)
    if isinstance(things, Reason):
        return things
    if len(caption) > LONGEST:
        return TOO_LONG
    return NOT_FOUND if order.target is not None and not meant(things, order.target) else None


def _read(order: RewriteOrder, answer: Answer) -> Rewrite | Reason:
    fields = instructions.fields_of(answer)
    if isinstance(fields, str):
        return Reason(code=f"rewrite.{fields}")
    rewrite = spliced(tidy(order.caption), fields["caption"], fields["before"], fields["after"])
    wrong = fault(order.operation, rewrite)
    if wrong is not None:
        return wrong
    things = named_things(rewrite.caption1)
    if order.target is not None and not isinstance(things, Reason):
        named = {one.noun for one in meant(things, order.target)}
        return rewrite if rewrite.before in named else Reason(code="rewrite.not_one_change")
    return rewrite
