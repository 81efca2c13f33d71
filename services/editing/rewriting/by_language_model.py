"""A language model chooses what replaces an object; its caption is checked, and templates make all other edits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.seeds import derive
from services.editing.limits import LONGEST_CAPTION_FOR_MODEL, MODEL_ATTEMPTS
from services.editing.rewriting import instructions
from services.editing.rewriting.by_template import rewrite_caption
from services.editing.rewriting.check import adopt_change, find_fault
from services.editing.rewriting.mentions import tidy
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.rewriting.targets import NOT_FOUND, TOO_LONG, find_mentions, read_mentions
from services.llm.chat import Answer, Question

_RETRY_TEMPERATURE = 0.7  # at least, so that a second answer differs; chosen, not measured
_UNAVAILABLE = Reason(code="rewrite.unavailable")


class Chat(Protocol):
    """A language model that answers questions; no answer depends on the other questions."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The model it runs."""

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer | ImgdiffError]:
        """One answer or error for each question, in order."""


@dataclass(frozen=True)
class LanguageRewriter:
    """Rewrites by a chat model; at `temperature` 0 only a second attempt depends on the seed."""

    chat: Chat
    temperature: float = 0.8  # of the paper's authors

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The model of the chat."""
        return self.chat.models

    def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Rewrite | Reason]:
        """See `Rewriter`: one batch of all that need the model, then one of those whose answers failed."""
        known = ((number, _rewrite_without_model(request)) for number, request in enumerate(requests))
        done: dict[int, Rewrite | Reason] = {number: result for number, result in known if result is not None}
        open_ = [number for number in range(len(requests)) if number not in done]
        for attempt in range(MODEL_ATTEMPTS):
            answers = self._ask([requests[number] for number in open_], attempt)
            for number, answer in zip(open_, answers, strict=True):
                done[number] = done.get(number, answer) if answer == _UNAVAILABLE else answer
            open_ = [number for number in open_ if isinstance(done[number], Reason) and done[number] != _UNAVAILABLE]
        return [done[number] for number in range(len(requests))]

    def _ask(self, requests: Sequence[RewriteRequest], attempt: int) -> list[Rewrite | Reason]:
        """Raises the error if no question of the first attempt was answered."""
        temperature = self.temperature if attempt == 0 else max(self.temperature, _RETRY_TEMPERATURE)
        seeds = [derive(request.seed, "rewrite", attempt) % 2**31 for request in requests]  # servers accept 31 bits
        questions = [
            instructions.build_question(request.caption, request.target, temperature=temperature, seed=seed)
            for request, seed in zip(requests, seeds, strict=True)
        ]
        answers = self.chat.ask(questions) if questions else []
        errors = [answer for answer in answers if isinstance(answer, ImgdiffError)]
        if attempt == 0 and errors and len(errors) == len(answers):
            raise errors[0]
        return [
            _UNAVAILABLE if isinstance(answer, ImgdiffError) else _read(request, answer)
            for request, answer in zip(requests, answers, strict=True)
        ]


def _rewrite_without_model(request: RewriteRequest) -> Rewrite | Reason | None:
    """What templates can do, or why nothing can be done; null where the model is needed."""
    if request.operation is not Operation.REPLACE or request.replacement is not None:
        return rewrite_caption(request)
    caption = tidy(request.caption)
    things = read_mentions(caption)
    if isinstance(things, Reason):
        return things
    if len(caption) > LONGEST_CAPTION_FOR_MODEL:
        return TOO_LONG
    return NOT_FOUND if request.target is not None and not find_mentions(things, request.target) else None


def _read(request: RewriteRequest, answer: Answer) -> Rewrite | Reason:
    fields = instructions.read_fields(answer)
    if isinstance(fields, str):
        return Reason(code=f"rewrite.{fields}")
    rewrite = adopt_change(tidy(request.caption), fields["caption"], fields["before"], fields["after"])
    fault = find_fault(request.operation, rewrite)
    if fault is not None:
        return fault
    things = read_mentions(rewrite.caption1)
    if request.target is not None and not isinstance(things, Reason):
        named = {mention.noun for mention in find_mentions(things, request.target)}
        return rewrite if rewrite.before in named else Reason(code="rewrite.not_one_change")
    return rewrite
