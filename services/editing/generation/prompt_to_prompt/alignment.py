"""Which token of an edited prompt stands for which token of the base prompt: the edit "refine".

Positions are those of the text encoder, 77 of them: the begin mark, the words' tokens, the end mark, padding.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

POSITIONS = 77
NEW = -1
"""The partner of a token that the base prompt does not have."""

_MATCH, _MISMATCH, _GAP = 1, -1, 0


def partners(base: Sequence[int], edit: Sequence[int]) -> list[int]:
    """For each of the edit's tokens its place in the base, or NEW: the best global alignment (Needleman and Wunsch).

    Both are without padding and at most 77 long. Of equally good alignments the one that leaves late tokens new.
    """
    scores = _scores(base, edit)
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


def _scores(base: Sequence[int], edit: Sequence[int]) -> NDArray[np.int64]:
    scores = np.zeros((len(base) + 1, len(edit) + 1), np.int64)
    for row, one in enumerate(base, 1):
        for column, other in enumerate(edit, 1):
            along = scores[row - 1, column - 1] + (_MATCH if one == other else _MISMATCH)
            scores[row, column] = max(along, scores[row - 1, column] + _GAP, scores[row, column - 1] + _GAP)
    return scores


def padded(found: Sequence[int], base_length: int) -> tuple[int, ...]:
    """The partners of all 77 positions; padding has that of the base where the base is padded too, else none."""
    beyond = range(len(found), POSITIONS)
    return (*found, *(place if place >= base_length else NEW for place in beyond))


def agreed(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """The partners on which two tokenizers agree: SDXL joins both encoders' features at each position."""
    return tuple(first if first == second else NEW for first, second in zip(one, other, strict=True))
