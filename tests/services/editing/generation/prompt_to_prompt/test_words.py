"""Words, their tokens, and the exchange of one word's attention for another's."""

import numpy as np
import pytest

from services.editing.generation.prompt_to_prompt.words import Tokenise, build_swap_matrix, find_positions, find_spans

LONG = "a photo of " + "very " * 100 + "big cat"


def test_a_word_of_several_tokens_has_a_span_of_its_own(tokenise: Tokenise) -> None:
    words = ["an", "axolotl,", "sleeping"]

    assert [len(tokenise(word)) for word in words] == [1, 5, 1]
    assert find_spans(words, tokenise) == [range(1, 2), range(2, 7), range(7, 8)]
    assert [token for word in words for token in tokenise(word)] == list(tokenise("an axolotl, sleeping"))


@pytest.mark.parametrize(
    ("noun", "found"),
    [("dog", (4,)), ("Dog", (4,)), ("dining table", (8, 9)), ("cat", ()), ("table dining", ()), ("", ())],
)
def test_a_noun_is_found_by_its_words(tokenise: Tokenise, noun: str, found: tuple[int, ...]) -> None:
    assert find_positions(noun, "a very small dog, under the dining table.", tokenise)[: len(found)] == found
    assert bool(find_positions(noun, "a very small dog, under the dining table.", tokenise)) == bool(found)


def test_a_word_swap_hands_the_whole_attention_on(tokenise: Tokenise) -> None:
    matrix = build_swap_matrix("a cat on a sofa", "a axolotl on a sofa", tokenise)
    count = len(tokenise("axolotl"))

    assert count > 1
    assert matrix is not None
    assert matrix[2, 2 : 2 + count] == pytest.approx(np.full(count, 1 / count))
    assert [int(np.argmax(matrix[row])) for row in (0, 1, 3, 4, 5, 6)] == [0, 1, *(count + 2 + at for at in range(4))]
    assert matrix[: 77 - count + 1].sum(1) == pytest.approx(np.ones(77 - count + 1))  # all but what falls off the end


def test_several_tokens_become_one_and_sum_up(tokenise: Tokenise) -> None:
    matrix = build_swap_matrix("a axolotl on a sofa", "a cat on a sofa", tokenise)
    count = len(tokenise("axolotl"))

    assert matrix is not None
    assert matrix[2 : 2 + count, 2] == pytest.approx(np.ones(count))
    assert matrix[2 + count, 3] == 1


def test_several_words_may_take_the_place_of_one(tokenise: Tokenise) -> None:
    matrix = build_swap_matrix("a dog runs", "a polar bear runs", tokenise)

    assert matrix is not None
    assert matrix[2, 2:4] == pytest.approx([0.5, 0.5])
    assert matrix[3, 4] == 1


def test_words_that_were_added_or_left_out_are_no_swap(tokenise: Tokenise) -> None:
    assert build_swap_matrix("a dog runs", "a brown dog runs", tokenise) is None
    assert build_swap_matrix("a brown dog runs", "a dog runs", tokenise) is None


def test_what_is_beyond_the_encoders_positions_is_cut_off(tokenise: Tokenise) -> None:
    matrix = build_swap_matrix(LONG, LONG.replace("cat", "dog"), tokenise)

    assert matrix is not None
    assert np.array_equal(matrix, np.eye(77))
    assert find_positions("cat", LONG, tokenise) == ()
    assert max(span.stop for span in find_spans(LONG.split(), tokenise)) == 76
