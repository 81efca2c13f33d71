"""Words are split as in the Penn Treebank, without COCO's list of punctuation."""

import pytest

from imgdiff.evaluation.metrics.tokens import split_words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("The man's red car isn't there.", ["the", "man", "'s", "red", "car", "is", "n't", "there"]),
        ('Add "Pool Party" (in red) - now!', ["add", "pool", "party", "in", "red", "now"]),
        ("a 2-door car, 50% smaller", ["a", "2-door", "car", "50", "%", "smaller"]),
        ("...", []),
    ],
)
def test_words_of_a_sentence(sentence: str, words: list[str]) -> None:
    assert split_words(sentence) == words
