"""Plans of Prompt-to-Prompt from two prompts: alignment or swap of their tokens, and the positions of the nouns."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from services.editing.generation.prompt_to_prompt.alignment import NEW, align, intersect, pad
from services.editing.generation.prompt_to_prompt.plans import POSITIONS, CrossEdit, Matrix
from services.editing.generation.prompt_to_prompt.words import Tokenise, build_swap_matrix, find_positions

Kind = Literal["refine", "replace"]


def plan_edit(
    base: str,
    edit: str,
    tokenisers: Sequence[Tokenise],
    *,
    nouns: tuple[str | None, str | None],
    kind: Kind = "refine",
    weight: float = 1.0,
) -> CrossEdit:
    """Plan the edit from one prompt to another; `weight` scales the tokens of the edit's noun.

    "replace" is for words exchanged one for another; where words were added or dropped it falls back to "refine". The
    nouns' positions are the first tokenizer's; for a noun that is not in its prompt, the tokens without a partner.
    """
    found = [_align_prompts(base, edit, tokenise) for tokenise in tokenisers]
    matched = found[0] if len(found) == 1 else intersect(*found)
    swap = build_swap_matrix(base, edit, tokenisers[0]) if kind == "replace" else None
    lent = _build_lent(matched) if swap is None else swap
    ends = [_last_position(text, tokenisers[0]) for text in (base, edit)]
    lost = tuple(place for place in range(1, ends[0] + 1) if place not in matched)
    new = tuple(place for place in range(1, ends[1] + 1) if matched[place] == NEW)
    before = _positions_of_noun(nouns[0], base, tokenisers[0]) or lost
    after = _positions_of_noun(nouns[1], edit, tokenisers[0]) or new
    weights = np.ones(POSITIONS, np.float32)
    weights[list(after)] = weight
    return CrossEdit(lent, (lent.sum(axis=0) > 0).astype(np.float32), weights, before, after)


def _positions_of_noun(noun: str | None, prompt: str, tokenise: Tokenise) -> tuple[int, ...]:
    return find_positions(noun, prompt, tokenise) if noun else ()


def _last_position(prompt: str, tokenise: Tokenise) -> int:
    """The position of the last token before the end mark."""
    return min(len(tokenise(prompt)), POSITIONS - 2)


def _align_prompts(base: str, edit: str, tokenise: Tokenise) -> tuple[int, ...]:
    ids = [(-1, *list(tokenise(text))[: POSITIONS - 2], -2) for text in (base, edit)]  # the begin and end marks
    return pad(align(*ids), len(ids[0]))


def _build_lent(matched: Sequence[int]) -> Matrix:
    lent = np.zeros((POSITIONS, POSITIONS), np.float32)
    for place, partner in enumerate(matched):
        if partner != NEW:
            lent[partner, place] = 1
    return lent
