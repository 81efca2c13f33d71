"""Cells of probability become regions."""

import numpy as np

from services.detection.proposals.grouping import group_cells


def _map(*places: tuple[slice, slice, float]) -> np.ndarray:
    probability = np.full((60, 80), 0.01, np.float32)
    for rows, columns, value in places:
        probability[rows, columns] = value
    return probability


def test_two_places_are_two_regions_the_surer_first() -> None:
    found = group_cells(_map((slice(10, 20), slice(10, 22), 0.8), (slice(30, 50), slice(40, 70), 0.99)))

    assert [group.box for group in found] == [(40, 30, 70, 50), (10, 10, 22, 20)]
    assert np.allclose([group.surest for group in found], [0.99, 0.8], atol=1e-4)


def test_neighbours_with_a_valley_between_them_stay_apart() -> None:
    left, right = (slice(10, 30), slice(10, 25), 0.95), (slice(10, 30), slice(28, 45), 0.95)

    assert len(group_cells(_map(left, right, (slice(10, 30), slice(25, 28), 0.3)))) == 2


def test_a_ripple_parts_nothing() -> None:
    left, right = (slice(10, 30), slice(10, 25), 0.95), (slice(10, 30), slice(28, 45), 0.95)

    assert len(group_cells(_map(left, right, (slice(10, 30), slice(25, 28), 0.9)))) == 1


def test_a_doubtful_place_is_handed_on_with_its_doubt() -> None:
    (found,) = group_cells(_map((slice(10, 20), slice(10, 22), 0.5)))

    assert abs(found.surest - 0.5) < 1e-4


def test_nothing_probable_is_no_region() -> None:
    assert group_cells(np.full((4, 5), 0.05, np.float32)) == []
    assert group_cells(np.full((1, 1), 0.0, np.float32)) == []
