"""Alignment of the tokens of an edited prompt with those of the base prompt: the edit "refine"."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.editing.generation.prompt_to_prompt.plans import POSITIONS

NEW = -1
"""The partner of a token that is not in the base prompt."""

_MATCH, _MISMATCH, _GAP = 1, -1, 0  # scores of the paper's code


def align(base: Sequence[int], edit: Sequence[int]) -> list[int]:
    """For each token of the edit its position in the base, or NEW: the best global alignment (Needleman and Wunsch).

    Both are without padding and at most 77 long. Among equally good alignments, late tokens are the new ones.
    """
    scores = _score_alignments(base, edit)
    found = [NEW] * len(edit)
    row, column = len(base), len(edit)
    while row and column:
        best = scores[row, column]
        if best == scores[row, column - 1] + _GAP:
            column -= 1
        elif best == scores[row - 1, column] + _GAP:
            row -= 1
        else:
            row, column = row - 1, column - 1
            found[column] = row
    return found


def _score_alignments(base: Sequence[int], edit: Sequence[int]) -> NDArray[np.int64]:
    scores = np.zeros((len(base) + 1, len(edit) + 1), np.int64)
    for row, one in enumerate(base, 1):
        for column, other in enumerate(edit, 1):
            along = scores[row - 1, column - 1] + (_MATCH if one == other else _MISMATCH)
            scores[row, column] = max(along, scores[row - 1, column] + _GAP, scores[row, column - 1] + _GAP)
    return scores


def pad(found: Sequence[int], base_length: int) -> tuple[int, ...]:
    """The partners of all 77 positions; padding is aligned with the base's padding, else new."""
    beyond = range(len(found), POSITIONS)
    return (*found, *(place if place >= base_length else NEW for place in beyond))


def intersect(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """The partners that two tokenizers have in common: SDXL joins both encoders' features at each position."""
    return tuple(first if first == second else NEW for first, second in zip(one, other, strict=True))
