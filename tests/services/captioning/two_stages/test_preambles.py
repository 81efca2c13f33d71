"""What a model writes around its answer is left out; what only looks alike stays."""

import pytest

from services.captioning.two_stages.preambles import skip_preamble


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("The region [0.10, 0.20, 0.30, 0.40] shows a red cup", "a red cup"),
        ("The region with coordinates [0.1, 0.2, 0.3, 0.4] contains a red cup.", "a red cup."),
        ("The region defined by the coordinates [.1, .2, .3, .4] in the image shows a red cup.", "a red cup."),
        ("The highlighted region in the image, [0.28, 0.46, 0.59, 0.61], shows a boat.", "a boat."),
        ("In the region [0.1, 0.2, 0.3, 0.4] of the image, there is a red cup.", "there is a red cup."),
        ("In the specified region [0.28, 0.46, 0.59, 0.61], a small boat floats.", "a small boat floats."),
        ("The image shows, in the region [0.1,0.2,0.3,0.4], a red cup.", "a red cup."),
        ("A red cup is located in the region [0.1, 0.2, 0.3, 0.4].", "A red cup."),
        ("Region [0.1, 0.2, 0.3, 0.4]: a red cup", "a red cup"),
        ("Within this area, we can see two zebras.", "two zebras."),
        ("Sure! Here is a clear description of the region: A red cup.", "A red cup."),
        ("Description: a dog", "a dog"),
        ("It shows a dog.", "a dog."),
        ("The region is a close-up of a **red** cup.", "a close-up of a red cup."),
        ("The scene depicts a street", "a street"),
        ("The box contains apples.", "The box contains apples."),
        ("The picture frame shows a dog.", "The picture frame shows a dog."),
        ("The picture on a wall", "The picture on a wall"),
        ("The area is covered with grass.", "The area is covered with grass."),
        ("The left part of the bus is visible.", "The left part of the bus is visible."),
        ("Two dogs (one brown, one white) play.", "Two dogs (one brown, one white) play."),
        ("(0.1, 0.2), (0.3, 0.4)", "(0.1, 0.2), (0.3, 0.4)"),
    ],
)
def test_only_what_is_said_of_the_region_remains(text: str, rest: str) -> None:
    assert skip_preamble(text) == rest
