"""Words, marks and sentences with their offsets."""

from services.english.tokens import low, split_sentences


def test_a_text_is_split_into_sentences_of_words_and_marks() -> None:
    found = split_sentences("The dog's gone. It isn't 2 cats-of-one!\nHm")

    assert [[token.low for token in tokens] for tokens in found] == [
        ["the", "dog", "'s", "gone", "."],
        ["it", "isn't", "2", "cats", "of", "one", "!"],
        ["hm"],
    ]


def test_offsets_are_those_of_the_text() -> None:
    text = "A Cup.  A DOG."

    for tokens in split_sentences(text):
        for token in tokens:
            assert text[token.start : token.end].lower() == token.low


def test_there_is_nothing_outside_a_sentence() -> None:
    (tokens,) = split_sentences("One cup")

    assert [low(tokens, index) for index in (-1, 0, 1, 2)] == ["", "one", "cup", ""]
    assert split_sentences("... !") == []
