"""A detector of any noun that answers whether a place shows a thing."""

from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from services.captioning.two_stages.detected_presence import DetectedPresence
from services.captioning.two_stages.presence import PresenceQuestion
from services.gpu.noun_detector import FoundNoun

IMAGE = np.zeros((100, 100, 3), np.uint8)


class OneDog:
    """Finds one dog in every image, and nothing else."""

    models = ()
    least_score = 0.5

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, questions: Sequence[tuple[RGB, str]]) -> list[list[FoundNoun]]:
        self.asked += [noun for _, noun in questions]
        return [[FoundNoun((10, 10, 50, 50), 0.8)] if noun == "dog" else [] for _, noun in questions]


def test_what_is_in_the_box_is_there_what_touches_it_is_unsure_and_the_rest_is_not() -> None:
    boxes = [(12, 12, 48, 48), (0, 0, 100, 100), (45, 45, 90, 90), (60, 60, 90, 90)]
    questions = [PresenceQuestion(IMAGE, box, "dog") for box in boxes]

    assert DetectedPresence(OneDog()).find(questions) == [True, True, None, False]
    assert DetectedPresence(OneDog()).find([PresenceQuestion(IMAGE, boxes[0], "axolotl")]) == [False]


def test_an_image_is_searched_once_for_a_noun_whatever_regions_it_has() -> None:
    detector = OneDog()
    DetectedPresence(detector).find([PresenceQuestion(IMAGE, (at, 0, at + 9, 9), "dog") for at in range(5)])

    assert detector.asked == ["dog"]
