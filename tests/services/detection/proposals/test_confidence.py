"""Confidences are probabilities that grow with the evidence."""

import numpy as np

from services.detection.proposals.confidence import look_up, rate_by_both, rate_with_networks, rate_without_networks
from services.detection.proposals.grouping import Group, log_odds

GRID = (60, 80)


def _map(probability: float) -> np.ndarray:
    return np.full(GRID, probability, np.float32)


def _group(surest: float) -> Group:
    return Group((10, 10, 30, 20), np.ones((10, 20), bool), surest)


def test_confidence_grows_with_the_surest_cells() -> None:
    for confidence in (rate_with_networks, rate_without_networks, lambda group: rate_by_both(group, GRID, _map(0.95))):
        rated = [confidence(_group(value)) for value in (0.0, 0.5, 0.9, 0.99, 1.0)]

        assert rated == sorted(rated)
        assert 0 < rated[0] < 0.2
        assert 0.7 < rated[-1] < 1


def test_what_networks_say_moves_a_region_both_ways() -> None:
    assert rate_by_both(_group(0.9), GRID, _map(0.01)) < rate_by_both(_group(0.9), GRID, _map(0.99))


def test_what_a_coarser_map_cannot_see_it_is_not_asked_about() -> None:
    speck = Group((40, 30, 44, 33), np.ones((3, 4), bool), 0.97)
    coarse = np.full((15, 20), 0.001, np.float32)

    assert rate_by_both(speck, GRID, coarse) == rate_without_networks(speck) > 0.5
    assert rate_by_both(_group(0.97), GRID, coarse) < 0.1
    assert rate_by_both(speck, GRID, _map(0.001)) < 0.1


def test_the_other_map_is_read_at_the_same_place_whatever_its_grid() -> None:
    other = np.zeros((30, 40), np.float32)
    other[5:10, 5:15] = 0.8

    assert abs(look_up(_group(0.9), (60, 80), other) - 0.8) < 1e-6
    assert look_up(Group((40, 40, 50, 50), np.ones((10, 10), bool), 0.9), (60, 80), other) == 0
    assert look_up(Group((79, 59, 80, 60), np.ones((1, 1), bool), 0.9), (60, 80), other) == 0


def test_odds_are_bounded() -> None:
    assert -7 < log_odds(0.0) < log_odds(0.5) == 0 < log_odds(1.0) < 7
