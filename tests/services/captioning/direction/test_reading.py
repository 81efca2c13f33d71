"""What captions and instructions claim of one image alone."""

import pytest

from services.captioning.direction.claimed_sides import ClaimedSides, ClaimedThing
from services.captioning.direction.reading import read_claimed_sides


@pytest.mark.parametrize(
    ("instruction", "things"),
    [
        ("Remove the umbrella", [("umbrella", 1)]),
        ("A car appeared.", [("car", 2)]),
        ("Delete the cup from the table.", [("cup", 1)]),
        ("Replace the bananas with apples", [("banana", 1), ("apple", 2)]),
        ("Turn the dog into a cat", [("dog", 1), ("cat", 2)]),
        ("Remove the cup and add a bottle.", [("cup", 1), ("bottle", 2)]),
        ("Remove the cup. Add a cup.", []),  # both images show one
        ("Remove the puppy and add a dog.", []),
        ("Shift the man in the image", []),
        ("Don't remove the cup.", []),
        ("Make it look nicer", []),
        ("", []),
    ],
)
def test_an_instruction_claims_each_thing_of_the_image_that_its_change_leaves_it_in(
    instruction: str, things: list[tuple[str, int]]
) -> None:
    claimed = read_claimed_sides(None, None, instruction)

    assert [(one.noun, one.image, one.anywhere) for one in claimed.things] == [(*one, False) for one in things]
    assert bool(claimed) is bool(things)


def test_two_captions_claim_what_only_one_of_them_names() -> None:
    claimed = read_claimed_sides("A bowl filled with fruit.", "A bowl filled with candy.", None)

    assert claimed == ClaimedSides((ClaimedThing("fruit", 1, anywhere=True), ClaimedThing("candy", 2, anywhere=True)))
    assert not read_claimed_sides("A bowl filled with fruit.", None, None)
    assert not read_claimed_sides("A dog on a sofa.", "A sofa with a dog.", None)


@pytest.mark.parametrize(
    ("caption1", "caption2", "instruction", "colours"),
    [
        ("A red car.", "A blue car.", None, [("red", "blue")]),
        (None, None, "Change the colour of the car from red to blue", [("red", "blue")]),
        (None, None, "Make the car blue", []),  # what it was before is not claimed
        ("A crimson car.", "A red car.", None, []),  # these may be one colour
        ("A red car and a red car.", "A blue car.", None, []),
    ],
)
def test_colours_are_claimed_where_one_turned_into_another(
    caption1: str | None, caption2: str | None, instruction: str | None, colours: list[tuple[str, str]]
) -> None:
    assert list(read_claimed_sides(caption1, caption2, instruction).colours) == colours


def test_what_captions_and_instruction_claim_of_different_images_is_left_out() -> None:
    assert not read_claimed_sides("A table.", "A table with a cup.", "Remove the cup")
