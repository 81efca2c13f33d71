"""Rewriter `embedded`: WordNet, COCO's kinds of things and a grammar; a small language model may rank what fits."""

from collections.abc import Sequence
from typing import Protocol

from imgdiff.records import ModelUse, Reason
from services.editing.rewriting.by_template import edited
from services.editing.rewriting.candidates import drawn
from services.editing.rewriting.mentions import Mention
from services.editing.rewriting.rewrite import Rewrite, RewriteOrder
from services.editing.rewriting.templates import replaced

_AROUND = 160  # letters before and after a thing that are ranked with it
_DRAWN = 3  # of those that the ranker finds likeliest


class Ranker(Protocol):
    """Says how likely sentences are."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """What it runs."""

    def scores(self, sentences: Sequence[str]) -> Sequence[float]:
        """One for each, the higher the likelier; none depends on the others."""


class EmbeddedRewriter:
    """Rewrites by tables, in milliseconds; without a ranker no network takes part."""

    def __init__(self, ranker: Ranker | None = None) -> None:
        self._ranker = ranker

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Of the ranker."""
        return () if self._ranker is None else self._ranker.models

    def rewrite(self, orders: Sequence[RewriteOrder]) -> list[Rewrite | Reason]:
        """See `Rewriter`."""
        return [edited(order, self._best) for order in orders]

    def _best(self, mention: Mention, nouns: Sequence[str], seed: int) -> str:
        if self._ranker is None:
            return drawn(nouns, seed)
        scores = self._ranker.scores([_surroundings(mention, noun) for noun in nouns])
        ranked = [noun for _, noun in sorted(zip(scores, nouns, strict=True), key=lambda pair: -pair[0])]
        return drawn(ranked, seed, among=_DRAWN)


def _surroundings(mention: Mention, noun: str) -> str:
    """The sentence with the noun in it, or what of it is near."""
    whole = replaced(mention, noun)
    longer = len(whole) - len(mention.caption)
    start = max(mention.tokens[0].start, mention.start - _AROUND)
    end = min(mention.tokens[-1].end, mention.end + _AROUND) + longer
    return whole[start:end]
