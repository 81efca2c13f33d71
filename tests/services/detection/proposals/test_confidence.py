"""Confidences are probabilities that grow with the evidence."""

import numpy as np

from services.detection.proposals.confidence import at, looked_up, odds, with_networks, without_networks
from services.detection.proposals.grouping import Group

GRID = (60, 80)


def _map(probability: float) -> np.ndarray:
    return np.full(GRID, probability, np.float32)


def _group(surest: float) -> Group:
    return Group((10, 10, 30, 20), np.ones((10, 20), bool), surest)


def test_confidence_grows_with_the_surest_cells() -> None:
    for confidence in (with_networks, without_networks, lambda group: looked_up(group, GRID, _map(0.95))):
        told = [confidence(_group(value)) for value in (0.0, 0.5, 0.9, 0.99, 1.0)]

        assert told == sorted(told)
        assert 0 < told[0] < 0.2
        assert 0.7 < told[-1] < 1


def test_what_networks_say_moves_a_region_both_ways() -> None:
    assert looked_up(_group(0.9), GRID, _map(0.01)) < looked_up(_group(0.9), GRID, _map(0.99))


def test_what_a_coarser_map_cannot_see_it_is_not_asked_about() -> None:
    speck = Group((40, 30, 44, 33), np.ones((3, 4), bool), 0.97)
    coarse = np.full((15, 20), 0.001, np.float32)

    assert looked_up(speck, GRID, coarse) == without_networks(speck) > 0.5
    assert looked_up(_group(0.97), GRID, coarse) < 0.1
    assert looked_up(speck, GRID, _map(0.001)) < 0.1


def test_the_other_map_is_read_at_the_same_place_whatever_its_grid() -> None:
    other = np.zeros((30, 40), np.float32)
    other[5:10, 5:15] = 0.8

    assert abs(at(_group(0.9), (60, 80), other) - 0.8) < 1e-6
    assert at(Group((40, 40, 50, 50), np.ones((10, 10), bool), 0.9), (60, 80), other) == 0
    assert at(Group((79, 59, 80, 60), np.ones((1, 1), bool), 0.9), (60, 80), other) == 0


def test_odds_are_bounded() -> None:
    assert -7 < odds(0.0) < odds(0.5) == 0 < odds(1.0) < 7
