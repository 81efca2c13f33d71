"""Instructions read as plain English: articles, plurals, numbers, and what clients write."""

import pytest

from services.editing.generation.instruct import sentences

KEEP = " Keep everything else as it is."


@pytest.mark.parametrize(
    ("phrase", "definite", "indefinite"),
    [
        ("dog", "the dog", "a dog"),
        ("a brown dog", "the brown dog", "a brown dog"),
        ("An apple.", "the apple", "an apple"),
        ("The dog", "the dog", "a dog"),
        ("hour glass", "the hour glass", "an hour glass"),
        ("the dogs", "the dogs", "dogs"),
        ("two dogs", "the two dogs", "two dogs"),
        ("3 dogs", "the 3 dogs", "3 dogs"),
        ("scissors", "the scissors", "scissors"),
        ("broccoli", "the broccoli", "broccoli"),
        ("my dog", "my dog", "my dog"),
        ("all the dogs", "all the dogs", "all the dogs"),
        ("\x00 a\n", "the object", "an object"),
        (" ", "the object", "an object"),
    ],
)
def test_phrases_get_the_article_that_a_sentence_needs(phrase: str, definite: str, indefinite: str) -> None:
    assert sentences.definite(phrase) == definite
    assert sentences.indefinite(phrase) == indefinite


def test_every_operation_has_its_sentence_and_asks_to_keep_the_rest() -> None:
    assert sentences.replace("the dog", "a cat") == "Replace the dog with a cat." + KEEP
    assert sentences.remove("the dogs") == "Remove the dogs. Fill the gap with the background." + KEEP
    assert sentences.add("a ball") == "Add a ball." + KEEP
    assert sentences.add("two balls", "the dog") == "Add two balls next to the dog." + KEEP
    assert sentences.recolour("the red cup", "blue") == "Make the red cup blue." + KEEP
    assert sentences.move("the cup", "right") == "Move the cup to the right side of the picture." + KEEP
    assert sentences.move("the cup", "center") == "Move the cup to the middle of the picture." + KEEP
    shown = "Move the cat, so that the picture shows this: a cat on a table." + KEEP
    assert sentences.move_as("the cat", "a cat on\na table. ") == shown
    assert sentences.show("two cats!").startswith(
        "Change the picture only as far as needed, so that it shows this: two"
    )


@pytest.mark.parametrize(
    ("noun", "before", "after", "told"),
    [
        ("dog", 1, 2, "Add one more dog, so that there are two dogs."),
        ("person", 2, 3, "Add one more person, so that there are three people."),
        ("dog", 2, 1, "Remove one of the two dogs, so that only one dog is left."),
        ("dog", 3, 2, "Remove one of the three dogs, so that two dogs are left."),
        ("dog", 1, 5, "Change the number of dogs, so that there are exactly five dogs."),
        ("wine glass", None, 1, "Change the number of wine glasses, so that there is exactly one wine glass."),
        ("scissors", 1, 2, "Add one more pair of scissors, so that there are two pairs of scissors."),
        ("scissors", 2, 1, "Remove one of the two pairs of scissors, so that only one pair of scissors is left."),
    ],
)
def test_numbers_and_nouns_agree(noun: str, before: int | None, after: int, told: str) -> None:
    assert sentences.recount(noun, before, after) == told + KEEP


def test_one_more_of_an_unknown_number() -> None:
    assert sentences.one_more("sheep") == "Add one more sheep." + KEEP
