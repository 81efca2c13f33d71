"""Words of a prompt and the tokens they are made of; the edit "replace", which exchanges one word's attention.

CLIP's tokenizer never joins two words, so the tokens of a prompt are those of its words, one after the other.
"""

import string
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from services.editing.generation.prompt_to_prompt.alignment import POSITIONS

Matrix = NDArray[np.float32]
Tokenise = Callable[[str], Sequence[int]]
"""A text's token ids without the marks of begin and end."""

_LAST = POSITIONS - 1  # kept for the end mark


def spans(words: Sequence[str], tokenise: Tokenise) -> list[range]:
    """Where each word's tokens are; those beyond the 77 positions are cut off."""
    found, start = [], 1
    for word in words:
        end = start + len(tokenise(word))
        found.append(range(min(start, _LAST), min(end, _LAST)))
        start = end
    return found


def places_of(noun: str, prompt: str, tokenise: Tokenise) -> tuple[int, ...]:
    """Positions of the tokens of the noun's first mention, or none; case and punctuation are overlooked."""
    words, wanted = prompt.split(), [_bare(word) for word in noun.split()]
    bare = [_bare(word) for word in words]
    for at in range(len(words) - len(wanted) + 1):
        if wanted and bare[at : at + len(wanted)] == wanted:
            found = spans(words, tokenise)[at : at + len(wanted)]
            return tuple(place for span in found for place in span)
    return ()


def unread(base: str, edit: str, tokenisers: Sequence[Tokenise]) -> bool:
    """Whether what tells two prompts apart is cut off, so that all encoders read the same."""
    read = [[list(tokenise(text))[: _LAST - 1] for text in (base, edit)] for tokenise in tokenisers]
    return all(one == other and len(one) == _LAST - 1 for one, other in read)


def _bare(word: str) -> str:
    return word.strip(string.punctuation).lower()


def swap_matrix(base: str, edit: str, tokenise: Tokenise) -> Matrix | None:
    """How much of the attention of a base token (row) goes to an edit token (column); None where words were added.

    Words that stay keep theirs. A word or run of words that took another's place shares its attention equally among
    its tokens, so a token count that changes moves what follows but loses nothing.
    """
    words1, words2 = base.split(), edit.split()
    spans1, spans2 = spans(words1, tokenise), spans(words2, tokenise)
    matrix = np.zeros((POSITIONS, POSITIONS), np.float32)
    matrix[0, 0] = 1
    for pair in _exchanged(words1, words2):
        if pair is None:
            return None
        _join(matrix, spans1[pair[0]], spans2[pair[1]])
    ends = [max((span.stop for span in found), default=1) for found in (spans1, spans2)]
    for row, column in zip(range(ends[0], POSITIONS), range(ends[1], POSITIONS), strict=False):
        matrix[row, column] = 1  # the end mark and the padding
    return matrix


def _exchanged(words1: Sequence[str], words2: Sequence[str]) -> Iterator[tuple[slice, slice] | None]:
    """Runs of words that stand for each other, one by one where their numbers are equal; None for the rest."""
    for kind, start1, end1, start2, end2 in SequenceMatcher(None, words1, words2, autojunk=False).get_opcodes():
        if kind in ("insert", "delete"):
            yield None
        elif end1 - start1 == end2 - start2:
            for offset in range(end1 - start1):
                yield slice(start1 + offset, start1 + offset + 1), slice(start2 + offset, start2 + offset + 1)
        else:
            yield slice(start1, end1), slice(start2, end2)


def _join(matrix: Matrix, spans1: Sequence[range], spans2: Sequence[range]) -> None:
    rows = [place for span in spans1 for place in span]
    columns = [place for span in spans2 for place in span]
    if len(rows) == len(columns):
        matrix[rows, columns] = 1
    elif columns:
        matrix[np.ix_(rows, columns)] = 1 / len(columns)
