"""Cells of probability become regions."""

import numpy as np

from services.detection.grouping import calibrated, grouped, second_opinion


def _map(*places: tuple[slice, slice, float]) -> np.ndarray:
    probability = np.full((60, 80), 0.01, np.float32)
    for rows, columns, value in places:
        probability[rows, columns] = value
    return probability


def test_two_places_are_two_regions_the_surer_first() -> None:
    found = grouped(_map((slice(10, 20), slice(10, 22), 0.8), (slice(30, 50), slice(40, 70), 0.99)))

    assert [group.box for group in found] == [(40, 30, 70, 50), (10, 10, 22, 20)]
    assert np.allclose([group.confidence for group in found], [calibrated(0.99), calibrated(0.8)], atol=1e-4)


def test_neighbours_with_a_valley_between_them_stay_apart() -> None:
    left, right = (slice(10, 30), slice(10, 25), 0.95), (slice(10, 30), slice(28, 45), 0.95)

    assert len(grouped(_map(left, right, (slice(10, 30), slice(25, 28), 0.3)))) == 2


def test_a_ripple_parts_nothing() -> None:
    left, right = (slice(10, 30), slice(10, 25), 0.95), (slice(10, 30), slice(28, 45), 0.95)

    assert len(grouped(_map(left, right, (slice(10, 30), slice(25, 28), 0.9)))) == 1


def test_a_doubtful_place_is_handed_on_with_its_doubt() -> None:
    (found,) = grouped(_map((slice(10, 20), slice(10, 22), 0.5)))

    assert 0 < found.confidence < 0.5


def test_nothing_probable_is_no_region() -> None:
    assert grouped(np.full((4, 5), 0.05, np.float32)) == []
    assert grouped(np.full((1, 1), 0.0, np.float32)) == []


def test_confidence_grows_with_the_surest_cells_and_stays_a_probability() -> None:
    told = [calibrated(value) for value in (0.0, 0.5, 0.9, 0.99, 1.0)]

    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1


def test_a_second_opinion_moves_a_region_both_ways() -> None:
    box = (10, 10, 30, 30)
    against, for_ = np.full((60, 80), 0.01, np.float32), np.full((60, 80), 0.99, np.float32)

    assert second_opinion(0.6, against, box) < second_opinion(0.6, for_, box)
    assert second_opinion(0.3, for_, box) < second_opinion(0.9, for_, box)
