"""Which token stands for which, by global alignment."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.editing.generation.prompt_to_prompt.alignment import NEW, align, intersect, pad
from services.editing.generation.prompt_to_prompt.plans import POSITIONS

TOKENS = st.lists(st.integers(0, 4), max_size=12)


def test_equal_prompts_are_their_own_partners() -> None:
    assert align([5, 6, 7, 6], [5, 6, 7, 6]) == [0, 1, 2, 3]


def test_a_changed_token_is_new_and_what_follows_moves_along() -> None:
    assert align([1, 2, 3, 4], [1, 2, 9, 8, 4]) == [0, 1, NEW, NEW, 3]
    assert align([1, 2, 3, 4], [1, 4]) == [0, 3]
    assert align([], [1]) == [NEW]


@given(TOKENS, TOKENS)
def test_partners_are_equal_tokens_in_order_and_as_many_as_can_be(base: list[int], edit: list[int]) -> None:
    found = align(base, edit)
    pairs = [(row, column) for column, row in enumerate(found) if row != NEW]

    assert all(base[row] == edit[column] for row, column in pairs)
    assert [row for row, _ in pairs] == sorted({row for row, _ in pairs})
    assert len(pairs) == _longest_common(base, edit)  # with these scores the alignment is the common subsequence


def _longest_common(one: list[int], other: list[int]) -> int:
    table = np.zeros((len(one) + 1, len(other) + 1), int)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1, j + 1] = table[i, j] + 1 if a == b else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1])


def test_padding_is_the_bases_padding_and_never_a_word_of_it() -> None:
    longer, shorter = pad([0, 1, NEW, 2], 3), pad([0, 2], 3)

    assert len(longer) == len(shorter) == POSITIONS
    assert longer[4:] == tuple(range(4, POSITIONS))
    assert shorter[2:] == (NEW, *range(3, POSITIONS))


def test_a_token_has_a_partner_only_where_both_tokenizers_say_so() -> None:
    assert intersect([0, 1, NEW, 3], [0, 2, NEW, 3]) == (0, NEW, NEW, 3)
