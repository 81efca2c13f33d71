"""Words of a prompt and their tokens; the edit "replace", which exchanges the attention of single words.

CLIP's tokenizer never joins two words, so a prompt's tokens are those of its words, one after the other.
"""

import string
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

import numpy as np

from services.editing.generation.prompt_to_prompt.plans import POSITIONS, Matrix

Tokenise = Callable[[str], Sequence[int]]
"""Returns a text's token ids without begin and end marks."""

_LAST = POSITIONS - 1  # reserved for the end mark


def find_spans(words: Sequence[str], tokenise: Tokenise) -> list[range]:
    """The positions of each word's tokens; those beyond the 77 are cut off."""
    found, start = [], 1
    for word in words:
        end = start + len(tokenise(word))
        found.append(range(min(start, _LAST), min(end, _LAST)))
        start = end
    return found


def find_positions(noun: str, prompt: str, tokenise: Tokenise) -> tuple[int, ...]:
    """Positions of the noun's first mention, or none; case and punctuation are ignored."""
    words, wanted = prompt.split(), [_bare(word) for word in noun.split()]
    bare = [_bare(word) for word in words]
    for at in range(len(words) - len(wanted) + 1):
        if wanted and bare[at : at + len(wanted)] == wanted:
            found = find_spans(words, tokenise)[at : at + len(wanted)]
            return tuple(place for span in found for place in span)
    return ()


def is_change_cut_off(base: str, edit: str, tokenisers: Sequence[Tokenise]) -> bool:
    """Whether the difference of two prompts is cut off, so that all encoders read the same."""
    read = [[list(tokenise(text))[: _LAST - 1] for text in (base, edit)] for tokenise in tokenisers]
    return all(one == other and len(one) == _LAST - 1 for one, other in read)


def _bare(word: str) -> str:
    return word.strip(string.punctuation).lower()


def build_swap_matrix(base: str, edit: str, tokenise: Tokenise) -> Matrix | None:
    """The share of a base token's attention (row) that an edit token gets (column), 77 x 77; None if words were added.

    Words that stay keep their attention. Words that replace others share their attention equally among their tokens.
    """
    words1, words2 = base.split(), edit.split()
    spans1, spans2 = find_spans(words1, tokenise), find_spans(words2, tokenise)
    matrix = np.zeros((POSITIONS, POSITIONS), np.float32)
    matrix[0, 0] = 1
    for pair in _pair_runs(words1, words2):
        if pair is None:
            return None
        _connect(matrix, spans1[pair[0]], spans2[pair[1]])
    ends = [max((span.stop for span in found), default=1) for found in (spans1, spans2)]
    for row, column in zip(range(ends[0], POSITIONS), range(ends[1], POSITIONS), strict=False):
        matrix[row, column] = 1  # the end mark and the padding
    return matrix


def _pair_runs(words1: Sequence[str], words2: Sequence[str]) -> Iterator[tuple[slice, slice] | None]:
    """Runs of words that correspond, word by word where their numbers are equal; None for added or dropped words."""
    for kind, start1, end1, start2, end2 in SequenceMatcher(None, words1, words2, autojunk=False).get_opcodes():
        if kind in ("insert", "delete"):
            yield None
        elif end1 - start1 == end2 - start2:
            for offset in range(end1 - start1):
                yield slice(start1 + offset, start1 + offset + 1), slice(start2 + offset, start2 + offset + 1)
        else:
            yield slice(start1, end1), slice(start2, end2)


def _connect(matrix: Matrix, spans1: Sequence[range], spans2: Sequence[range]) -> None:
    rows = [place for span in spans1 for place in span]
    columns = [place for span in spans2 for place in span]
    if len(rows) == len(columns):
        matrix[rows, columns] = 1
    elif columns:
        matrix[np.ix_(rows, columns)] = 1 / len(columns)
