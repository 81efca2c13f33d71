"""What Prompt-to-Prompt does to one pair: whose attention each token of the edit gets, and in which steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.editing.generation.prompt_to_prompt.alignment import NEW, POSITIONS, agreed, padded, partners
from services.editing.generation.prompt_to_prompt.words import Matrix, Tokenise, places_of, swap_matrix

Kind = Literal["refine", "replace"]
Row = NDArray[np.float32]


def steps_of(share: float, steps: int) -> int:
    """How many of the first steps a share of them is, rounded down as the paper's code does."""
    return int(share * steps + 1e-6)  # 0.29 * 100 is a little less than 29


@dataclass(frozen=True)
class CrossEdit:
    """Whose attention a token of the edit gets.

    `lent` is 77 x 77, base tokens by edit tokens: with base maps P the edit's are P @ lent. `held` (77) is 1 for the
    tokens that take it; the others keep their own. `weights` (77) scale a token's attention in all steps.
    `before` and `after` are the places of the nouns that were exchanged, in the base and in the edit.
    """

    lent: Matrix
    held: Row
    weights: Row
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True)
class PairPlan:
    """A cross-attention edit and the shares of the steps, 0..1, in which attention is the base's."""

    edit: CrossEdit
    self_share: float = 0.4  # this and the next: the paper's code
    cross_share: float = 1.0

    def self_until(self, steps: int) -> int:
        """The first step in which self-attention is the edit's own."""
        return steps_of(self.self_share, steps)

    def lending(self, step: int, steps: int) -> tuple[Matrix, Row]:
        """At that step: what the base lends (77 x 77), and how much of its own attention each token keeps (77)."""
        held = self.edit.held if step < steps_of(self.cross_share, steps) else np.zeros_like(self.edit.held)
        return self.edit.lent * (held * self.edit.weights), (1 - held) * self.edit.weights


def plan_edit(
    base: str, edit: str, tokenisers: Sequence[Tokenise], *, nouns: tuple[str | None, str | None],
    kind: Kind = "refine", weight: float = 1.0,
) -> CrossEdit:  # fmt: skip
    """The edit from one prompt to another; `weight` is for the tokens that the edit's noun is made of.

    "replace" is for words exchanged one for another; where words were added or left out it is "refine". The nouns'
    places are those of the first tokenizer, or, where a noun is not in its prompt, the tokens without a partner.
    """
    found = [_partners(base, edit, tokenise) for tokenise in tokenisers]
    matched = found[0] if len(found) == 1 else agreed(*found)
    swap = swap_matrix(base, edit, tokenisers[0]) if kind == "replace" else None
    lent = _lent(matched) if swap is None else swap
    ends = [_end(text, tokenisers[0]) for text in (base, edit)]
    lost = tuple(place for place in range(1, ends[0] + 1) if place not in matched)
    new = tuple(place for place in range(1, ends[1] + 1) if matched[place] == NEW)
    before = _places(nouns[0], base, tokenisers[0]) or lost
    after = _places(nouns[1], edit, tokenisers[0]) or new
    weights = np.ones(POSITIONS, np.float32)
    weights[list(after)] = weight
    return CrossEdit(lent, (lent.sum(axis=0) > 0).astype(np.float32), weights, before, after)


def _places(noun: str | None, prompt: str, tokenise: Tokenise) -> tuple[int, ...]:
    return places_of(noun, prompt, tokenise) if noun else ()


def _end(prompt: str, tokenise: Tokenise) -> int:
    """The place of the last token before the end mark."""
    return min(len(tokenise(prompt)), POSITIONS - 2)


def _partners(base: str, edit: str, tokenise: Tokenise) -> tuple[int, ...]:
    ids = [(-1, *list(tokenise(text))[: POSITIONS - 2], -2) for text in (base, edit)]  # the marks, alike in both
    return padded(partners(*ids), len(ids[0]))


def _lent(matched: Sequence[int]) -> Matrix:
    lent = np.zeros((POSITIONS, POSITIONS), np.float32)
    for place, partner in enumerate(matched):
        if partner != NEW:
            lent[partner, place] = 1
    return lent
