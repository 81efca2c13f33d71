"""Commands become sentences that state the change, and what is not plain is not read."""

import pytest

from services.captioning.direction.instructions import read_command


@pytest.mark.parametrize(
    ("command", "stated"),
    [
        ("Remove the skis", "Remove the skis"),
        ("Could you please erase the bird?", "remove the bird"),
        ("Get rid of the person on the left", "remove the person on the left"),
        ("Include a candle on top of the cake", "add a candle on top of the cake"),
        ("Have there be a bird in the sky", "add a bird in the sky"),
        ("Put the cup on the left", "Put the cup on the left"),
        ("Swap the cat for a dog", "replace the cat with a dog"),
        ("Watch the sketch to replace the bananas to apples", "replace the bananas with apples"),
        ("Turn the dog into a cat", "the dog changed into a cat"),
        ("Change the colour of the car from red to blue", "the colour of the car changed from red to blue"),
    ],
)
def test_a_command_is_stated_as_a_change(command: str, stated: str) -> None:
    assert read_command(command) == stated


@pytest.mark.parametrize(
    "sentence",
    ["Don't remove the chair", "Remove all people except the man", "What if the cup is gone?", "No dog, but a cat"],
)
def test_what_is_denied_limited_or_supposed_is_not_read(sentence: str) -> None:
    assert read_command(sentence) is None
