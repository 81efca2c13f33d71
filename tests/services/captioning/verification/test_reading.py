"""What is read out of a sentence."""

import pytest

from imgdiff.records import Change
from services.captioning.verification.claims import Claims
from services.captioning.verification.reading import read_claims


def _one(text: str) -> Claims:
    (read,) = read_claims(text)
    return read


def _things(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(thing.noun, thing.sides) for read in read_claims(text) for thing in read.things if not thing.anchor]


def _anchors(text: str) -> list[str]:
    return [thing.noun for read in read_claims(text) for thing in read.things if thing.anchor]


def _colours(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.word, one.sides) for read in read_claims(text) for one in read.colours]


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("A dog has been added.", [("dog", (2,))]),
        ("The dog was removed.", [("dog", (1,))]),
        ("The dog has disappeared.", [("dog", (1,))]),
        ("The dog is gone.", [("dog", (1,))]),
        ("There is no longer a dog.", [("dog", (1,))]),
        ("There used to be a dog.", [("dog", (1,))]),
        ("A new dog is here.", [("dog", (2,))]),
        ("There is now a dog.", [("dog", (2,))]),
        ("The dog has been replaced by a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("A cat replaces the dog.", [("cat", (2,)), ("dog", (1,))]),
        ("The dog was turned into a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("The dog became a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("Instead of a dog there is a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("There is a cat instead of a dog.", [("cat", (2,)), ("dog", (1,))]),
        ("In the first image there is a dog instead of a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("A dog in the left image, a cat in the right image.", [("dog", (1,)), ("cat", (2,))]),
        ("Image 1 shows a dog whereas image 2 shows a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("The before photo has a dog, but the after photo has a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("In the first there is a dog, in the second a cat.", [("dog", (1,)), ("cat", (2,))]),
        ("The photo on the left shows a dog.", [("dog", (1,))]),
        ("Unlike the first image, the second image has a dog.", [("dog", (2,))]),
        ("Both images show a dog.", [("dog", (1,)), ("dog", (2,))]),
        ("The dog looks different.", [("dog", (1, 2))]),
        ("The dog was removed and a cat was added.", [("dog", (1,)), ("cat", (2,))]),
        ("The dog and the cat were removed.", [("dog", (1,)), ("cat", (1,))]),
        ("The dog has been removed from the second image.", [("dog", (1,))]),
        ("The dog is missing from the first image.", [("dog", (2,))]),
    ],
)
def test_each_thing_is_placed_in_the_image_that_the_text_names(
    text: str, things: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert _things(text) == things


@pytest.mark.parametrize(
    ("text", "nouns"),
    [
        ("A hot dog has been added.", ["hot dog"]),
        ("Two wine glasses were removed.", ["wine glass"]),
        ("The women were removed.", ["woman"]),
        ("A light has been added.", ["light"]),
        ("A light cup has been added.", ["cup"]),
        ("A coffee machine button was removed.", ["button"]),
        ("The object on the left side of the image is different.", []),
        ("The dog faces the cat.", ["dog", "cat"]),
        ("An orange has been added.", ["orange"]),
        ("An orange cup has been added.", ["cup"]),
        ("Two oranges have been added.", ["orange"]),
        ("The stop signs have been removed.", ["stop sign"]),
        ("A T-shirt has been added.", ["t-shirt"]),
    ],
)
def test_nouns_are_the_longest_that_name_things(text: str, nouns: list[str]) -> None:
    assert [noun for noun, _ in _things(text)] == nouns


@pytest.mark.parametrize(
    ("text", "things", "anchors"),
    [
        ("A cup on the table was removed.", ["cup"], ["table"]),
        ("A cup next to a plate was removed.", ["cup"], ["plate"]),
        ("The cup between the plate and the fork was removed.", ["cup"], ["plate", "fork"]),
        ("The dog's collar was removed.", ["collar"], ["dog"]),
        ("A dog with a ball was added.", ["dog", "ball"], []),
        ("The cup was removed from the table.", ["cup"], ["table"]),
        ("A man in a suit was added.", ["man", "suit"], []),
        ("The roof of the house was removed.", ["roof"], ["house"]),
        ("The cup was removed, leaving only the table.", ["cup"], ["table"]),
    ],
)
def test_what_only_locates_another_thing_is_an_anchor(text: str, things: list[str], anchors: list[str]) -> None:
    assert [noun for noun, _ in _things(text)] == things
    assert _anchors(text) == anchors


@pytest.mark.parametrize(
    "text",
    [
        "There is no dog in the second image.",
        "The second image shows the room without a dog.",
        "The second image does not show a dog.",
        "The dog is not present in the second image.",
        "The dog isn't in the second image.",
        "Image 2 has no dog.",
    ],
)
def test_a_denial_for_one_image_is_a_claim_about_the_other(text: str) -> None:
    thing = next(thing for thing in _one(text).things if thing.noun == "dog")

    assert (thing.sides, thing.absent) == ((1,), 2)


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("A red and white cup has been added.", [("red", (2,)), ("white", (2,))]),
        ("The cup changed from red to blue.", [("red", (1,)), ("blue", (2,))]),
        ("The red cup is now blue.", [("red", (1,)), ("blue", (2,))]),
        ("The cup is red in the first image and blue in the second.", [("red", (1,)), ("blue", (2,))]),
        ("The cup was red and is now blue.", [("red", (1,)), ("blue", (2,))]),
        ("The first image shows a red cup, the second a blue one.", [("red", (1,)), ("blue", (2,))]),
        ("The cup is blue instead of red.", [("blue", (2,)), ("red", (1,))]),
        ("The cup is not red.", []),
        ("The cup changed from orange to silver.", [("orange", (1,)), ("silver", (2,))]),
        ("The cup turned orange.", [("orange", (2,))]),
        ("An orange has been added.", []),
        ("The brown dog was replaced by a dark grey cat.", [("brown", (1,)), ("grey", (2,))]),
        ("A cup was put on the red table.", []),
    ],
)
def test_a_colour_belongs_to_the_thing_and_the_image_it_is_written_with(text: str, colours: list[object]) -> None:
    assert _colours(text) == colours


@pytest.mark.parametrize(
    ("text", "number", "exact"),
    [
        ("Two cars were removed.", 2, True),
        ("3 people were removed.", 3, True),
        ("Several cars were removed.", 2, False),
        ("A couple of cars were removed.", 2, False),
        ("A few cars were removed.", 2, False),
        ("One car was removed.", 1, True),
    ],
)
def test_numbers_are_counts(text: str, number: int, exact: bool) -> None:
    count = _one(text).things[0].number

    assert count is not None
    assert (count.value, count.exact) == (number, exact)


@pytest.mark.parametrize("text", ["A car was removed.", "One of the cars was removed.", "Two more cars were added."])
def test_other_numbers_are_none(text: str) -> None:
    assert _one(text).things[0].number is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("The cup on the left was removed.", [({"left"}, "here")]),
        ("The cup in the upper right corner was removed.", [({"top", "right", "corner"}, "here")]),
        ("The cup at the top-left of the image was removed.", [({"top", "left"}, "here")]),
        ("The cup in the middle was removed.", [({"centre"}, "here")]),
        ("The cup moved from the left to the bottom right.", [({"left"}, "from"), ({"bottom", "right"}, "to")]),
        ("The left image shows a cup.", []),
        ("The cup to the left of the plate was removed.", []),
        ("The cup on top of the table was removed.", []),
        ("The dog's left ear was removed.", []),
        ("The dog has left.", []),
        ("The dog is facing left.", []),
        ("The cup right next to the plate was removed.", []),
    ],
)
def test_places_are_those_of_the_picture(text: str, places: list[tuple[set[str], str]]) -> None:
    assert [(set(place.words), place.role) for place in _one(text).places] == places


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("A cup was added.", [Change.ADDED]),
        ("The cup is missing.", [Change.REMOVED]),
        ("The cup is missing from the first image.", [Change.ADDED]),
        ("The cup was moved.", [Change.MOVED]),
        ("The cup turned blue.", [Change.RECOLOURED]),
        ("The cup turned into a bowl.", [Change.REPLACED]),
        ("The cup has changed.", []),
        ("The colour of the cup has changed.", [Change.RECOLOURED]),
    ],
)
def test_the_verb_states_the_kind_of_change(text: str, changes: list[Change]) -> None:
    assert [event.change for event in _one(text).events] == changes


def test_every_sentence_is_read_for_itself() -> None:
    read = read_claims("The dog was removed. A cat was added!")

    assert [[thing.noun for thing in one.things] for one in read] == [["dog"], ["cat"]]
    assert read_claims("") == read_claims("?!") == ()
