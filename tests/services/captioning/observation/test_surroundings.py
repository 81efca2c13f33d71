"""What the detections around a region add: a number of things, and a neighbour."""

import pytest

from services.captioning.observation.surroundings import count_things, find_neighbour
from services.networks.detector import DetectedObject

BOX = (100, 100, 200, 200)


def _thing(label: str, box: tuple[int, int, int, int], score: float = 0.8) -> DetectedObject:
    return DetectedObject(label=label, score=score, box=box)


LEFT, RIGHT = _thing("cup", (100, 100, 150, 200), 0.9), _thing("cup", (150, 100, 200, 200), 0.6)


def test_things_of_one_kind_that_fill_a_region_are_counted() -> None:
    assert count_things([LEFT, RIGHT], BOX) == ("cup", 2, 0.6)


@pytest.mark.parametrize(
    "around",
    [
        [LEFT],
        [LEFT, _thing("plate", RIGHT.box)],
        [LEFT, _thing("cup", RIGHT.box, 0.3)],
        [_thing("cup", (100, 100, 120, 120)), _thing("cup", (150, 150, 170, 170))],
        [LEFT, _thing("cup", (180, 100, 400, 200))],
        [_thing("cup", BOX), _thing("cup", (100, 100, 199, 200))],
    ],
    ids=["one", "two kinds", "unsure", "not filling it", "mostly outside", "each fills it alone"],
)
def test_anything_else_is_not_counted(around: list[DetectedObject]) -> None:
    assert count_things(around, BOX) is None


def test_the_surest_thing_next_to_a_region_is_its_neighbour() -> None:
    near, surer = _thing("chair", (210, 100, 240, 200), 0.8), _thing("table", (100, 210, 200, 260), 0.9)

    assert find_neighbour([near, surer], BOX) == surer


@pytest.mark.parametrize(
    "thing",
    [
        _thing("chair", (190, 100, 240, 200), 0.9),
        _thing("chair", (260, 100, 300, 200), 0.9),
        _thing("chair", (210, 100, 240, 200), 0.7),
    ],
    ids=["overlapping", "far away", "unsure"],
)
def test_what_overlaps_is_far_or_unsure_is_no_neighbour(thing: DetectedObject) -> None:
    assert find_neighbour([thing], BOX) is None
