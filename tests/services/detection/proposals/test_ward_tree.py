"""Segments of a grid: alike neighbours join first, and the best cut pays a price for every segment."""

import numpy as np

from services.detection.proposals.ward_tree import best_cut, build_tree


def _halves() -> np.ndarray:
    """4 x 6 cells of two flat colours, three columns each."""
    features = np.zeros((4, 6, 2), np.float32)
    features[:, 3:] = 5
    return features


def test_a_tree_joins_every_cell_once() -> None:
    tree = build_tree(np.random.default_rng(3).normal(size=(5, 7, 3)).astype(np.float32))
    assert tree.leaves == 35
    assert sorted(child for pair in tree.children for child in pair) == list(range(68))
    assert tree.cells(68).all()


def test_the_last_join_parts_what_differs_most() -> None:
    tree = build_tree(_halves())
    first = tree.cells(tree.children[-1][0]).reshape(4, 6)
    assert {first[:, :3].all(), first[:, 3:].all()} == {True, False}
    assert first.sum() == 12


def test_a_node_is_connected_even_where_far_cells_are_equal() -> None:
    features = np.zeros((1, 5, 1), np.float32)
    features[0, 2] = 9
    tree = build_tree(features)
    assert tree.cells(tree.children[-1][0]).sum() + tree.cells(tree.children[-1][1]).sum() == 5
    assert not any(tree.cells(5 + index).tolist() == [True, True, False, True, True] for index in range(4))


def test_the_cut_reports_a_segment_whole_and_nothing_that_is_not_worth_the_price() -> None:
    tree = build_tree(_halves())
    gains = np.where(np.arange(24) % 6 >= 3, 0.5, -0.5).astype(np.float32)
    chosen = best_cut(tree, gains, 1.0)
    assert [tree.cells(node).reshape(4, 6)[:, 3:].all() for node in chosen] == [True]
    assert best_cut(tree, gains, 6.5) == []


def test_a_grid_of_one_cell_is_one_segment() -> None:
    assert best_cut(build_tree(np.zeros((1, 1, 2), np.float32)), np.array([2.0], np.float32), 1.0) == [0]
