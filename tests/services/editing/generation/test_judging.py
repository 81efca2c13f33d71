"""Where a generated pair was edited, and what that rests on."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.objects.places import LocatedBy
from imgdiff.records import Box
from services.editing.generation.judging import find_place
from services.editing.generation.pairs import GeneratedPair
from services.imaging.arrays import Flags
from services.imaging.masks import bounds
from services.networks.detector import DetectedObject


class Seen:
    """See `Detector`: one cat in dark pictures and one dog in others."""

    labels = ("cat", "dog")

    def detect(self, image: RGB) -> list[DetectedObject]:
        label, box = ("cat", (10, 10, 30, 30)) if image[0, 0, 0] < 128 else ("dog", (60, 10, 90, 40))
        return [DetectedObject(label, 0.9, box)]

    def score_at(self, image: RGB, label: str, box: Box) -> float:
        raise AssertionError

    score_inside = score_at


def _flags(box: Box) -> Flags:
    flags = np.zeros((96, 128), np.bool_)
    flags[box[1] : box[3], box[0] : box[2]] = True
    return flags


def test_attention_comes_before_detected_objects_and_these_before_pixels() -> None:
    """All of the second picture drifts."""
    one, two = (np.full((96, 128, 3), level, np.uint8) for level in (100, 150))
    attended, everywhere = _flags((50, 50, 80, 80)), np.ones((96, 128), np.bool_)

    def place(nouns: tuple[str | None, str | None] = ("cat", "dog"), detector: Seen | None = None, **known: Flags):
        found = find_place(GeneratedPair(one, two, **known), nouns, detector)
        assert found is not None
        return found[1], bounds(found[0])

    assert place(attended=attended, detector=Seen()) == (LocatedBy.ATTENTION, (50, 50, 80, 80))
    assert place(detector=Seen()) == (LocatedBy.OBJECTS, (10, 10, 90, 40))
    assert place(("a kitten", None), Seen()) == (LocatedBy.OBJECTS, (10, 10, 30, 30))
    assert place(("plane", "boat"), Seen()) == (LocatedBy.PIXELS, (0, 0, 128, 96))
    assert place(attended=everywhere) == (LocatedBy.PIXELS, (0, 0, 128, 96))


def test_a_pair_that_hardly_differs_has_no_place() -> None:
    picture = np.random.default_rng(0).integers(40, 200, (96, 128, 3), np.uint8)
    attended = _flags((50, 50, 80, 80))

    assert find_place(GeneratedPair(picture, picture, attended=attended), ("cat", "dog"), Seen()) is None
