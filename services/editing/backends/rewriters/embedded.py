"""Rewriter `embedded`: WordNet, a table of things and templates; a small language model may rank what fits."""

from collections.abc import Sequence
from typing import Protocol

from imgdiff.records import ModelUse, Reason
from services.editing.limits import DRAWN_FROM_RANKED
from services.editing.rewriting.by_template import rewrite_caption
from services.editing.rewriting.mentions import Mention
from services.editing.rewriting.replacements import draw
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.rewriting.templates import replace

_CONTEXT = 160  # characters before and after a thing that are ranked with it; chosen, not measured


class Ranker(Protocol):
    """Scores how likely sentences are."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The model it runs."""

    def scores(self, sentences: Sequence[str]) -> Sequence[float]:
        """One score for each, higher for likelier ones; none depends on the others."""


class EmbeddedRewriter:
    """Rewrites by tables, in milliseconds; without a ranker no network is used."""

    def __init__(self, ranker: Ranker | None = None) -> None:
        self._ranker = ranker

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The model of the ranker."""
        return () if self._ranker is None else self._ranker.models

    def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Rewrite | Reason]:
        """See `Rewriter`."""
        return [rewrite_caption(request, self._choose) for request in requests]

    def _choose(self, mention: Mention, nouns: Sequence[str], seed: int) -> str:
        if self._ranker is None:
            return draw(nouns, seed)
        scores = self._ranker.scores([_sentence_with(mention, noun) for noun in nouns])
        ranked = [noun for _, noun in sorted(zip(scores, nouns, strict=True), key=lambda pair: -pair[0])]
        return draw(ranked, seed, among=DRAWN_FROM_RANKED)


def _sentence_with(mention: Mention, noun: str) -> str:
    """The sentence with the noun in it, cut to the context."""
    whole = replace(mention, noun)
    longer = len(whole) - len(mention.caption)
    start = max(mention.tokens[0].start, mention.start - _CONTEXT)
    end = min(mention.tokens[-1].end, mention.end + _CONTEXT) + longer
    return whole[start:end]
