"""Confidences are probabilities that grow with the evidence."""

import numpy as np
import pytest

from services.detection.evidence.change_maps import ChangeMaps
from services.detection.proposals.confidence import is_visible, rate
from services.detection.proposals.grouping import Group, log_odds

GRID = (60, 80)
GROUP = Group((10, 10, 30, 20), np.ones((10, 20), bool), 0.9)


def _map(probability: float) -> np.ndarray:
    whole = np.full(GRID, 0.001, np.float32)
    whole[10:20, 10:30] = probability
    return whole


@pytest.mark.parametrize("networks", [True, False])
def test_confidence_grows_with_the_probability_of_its_cells(networks: bool) -> None:
    maps = [_map(value) for value in (0.01, 0.5, 0.9, 0.99, 1.0)]
    rated = [rate(GROUP, ChangeMaps(one, one if networks else None), 0.5) for one in maps]

    assert rated == sorted(rated)
    assert 0 < rated[0] < 0.2
    assert 0.7 < rated[-1] < 1


def test_what_networks_say_moves_a_region_both_ways() -> None:
    by_pixels = _map(0.97)

    doubtful, sure = (rate(GROUP, ChangeMaps(by_pixels, _map(value)), 0.5) for value in (0.01, 0.99))

    assert doubtful < 0.5 < sure


def test_light_that_no_model_explains_lowers_confidence() -> None:
    understood, strange = (rate(GROUP, ChangeMaps(_map(0.98), _map(0.98)), light) for light in (0.3, 25.0))

    assert strange < understood


def test_a_speck_is_not_visible_on_a_coarse_map() -> None:
    speck = Group((40, 30, 44, 33), np.ones((3, 4), bool), 0.97)

    assert not is_visible(speck, GRID, (15, 20))
    assert is_visible(speck, GRID, GRID)
    assert is_visible(GROUP, GRID, (15, 20))


def test_odds_are_bounded() -> None:
    assert -7 < log_odds(0.0) < log_odds(0.5) == 0 < log_odds(1.0) < 7
