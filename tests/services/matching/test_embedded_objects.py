"""The embedded object matcher on a photo whose objects are known, by the real detector."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgdiff.images import RGB
from services.english.exchange import NO_NOUNS, ExchangedNouns
from services.matching.embedded_objects import DetectedObjects
from services.matching.object_matcher import Crop

EXAMPLES = Path(__file__).parents[3] / "examples"
CUP = (446, 6, 596, 141)


@pytest.fixture(scope="module")
def matcher() -> DetectedObjects:
    return DetectedObjects.load(1, stage="detection")


@pytest.fixture(scope="module")
def photo() -> RGB:
    return np.asarray(Image.open(EXAMPLES / "after.jpg"))


def test_a_box_matches_what_it_shows_and_no_other_noun(matcher: DetectedObjects, photo: RGB) -> None:
    least = matcher.calibrated["object.mismatch"]
    crops = [Crop(photo, CUP)] * 3
    cup, dog, any_ = matcher.match_nouns(crops, [["cup"], ["dog"], ["dog", "cup"]])

    assert cup >= least > dog
    assert any_ == cup


def test_the_image_is_looked_at_once_and_a_doubtful_box_from_near(matcher: DetectedObjects, photo: RGB) -> None:
    image = photo.copy()
    before = matcher.rows
    matcher.match_nouns([Crop(image, CUP)] * 2, [["dog"], ["zebra"]])

    assert matcher.rows - before == 3


@pytest.mark.parametrize(
    ("nouns", "chosen"),
    [
        (ExchangedNouns(("plane", "sky"), ("boat", "ocean")), ExchangedNouns(("plane",), ("boat",))),
        (ExchangedNouns(("man",), ("animal",)), ExchangedNouns(("man",), ("animal",))),
        (ExchangedNouns(("bench",), ("bed",)), ExchangedNouns(("bench",), ("bed",))),
        (ExchangedNouns(("cake", "bride"), ("pizza",)), NO_NOUNS),
        (ExchangedNouns(("sky",), ("ocean",)), NO_NOUNS),
        (NO_NOUNS, NO_NOUNS),
    ],
)
def test_it_decides_by_the_objects_it_knows_and_not_at_all_if_one_is_unknown(
    matcher: DetectedObjects, nouns: ExchangedNouns, chosen: ExchangedNouns
) -> None:
    assert matcher.choose(nouns) == chosen
