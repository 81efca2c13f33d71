"""Which label each pixel of a region takes, so that neighbours with different labels do not show a seam.

Expansion moves over a grid (Boykov, Veksler and Zabih, 2001), each one a minimum cut.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from services.imaging.arrays import Flags, Floats

Labels = NDArray[np.int64]
_UNIT = 100  # cuts are found in whole numbers
_SWEEPS = 2
NEVER = 1e4
"""Data cost of a label that a pixel cannot take."""


def labelled(data: Floats, looks: Floats, region: Flags) -> tuple[Labels, float]:
    """The label of each pixel of the region (H x W, 0 elsewhere) and the mean cost of a pixel.

    `data` is labels x H x W, what a label costs at a pixel; `looks` is labels x H x W x channels, how the pixel looks
    with it: labels of neighbours that look unlike each other at both pixels cost that difference.
    """
    where = np.argwhere(region)
    number = np.full(region.shape, -1)
    number[region] = np.arange(len(where))
    cost, look = data[:, region], looks[:, region]
    pairs = np.concatenate([_neighbours(number, axis) for axis in (0, 1)])
    chosen = cost.argmin(axis=0)
    total = _energy(chosen, cost, look, pairs)
    order = np.argsort(cost.clip(max=50).mean(axis=1))
    for _ in range(_SWEEPS):
        before = total
        for label in order:
            tried = _expanded(chosen, int(label), cost, look, pairs)
            energy = _energy(tried, cost, look, pairs)
            if energy < total:
                chosen, total = tried, energy
        if total > 0.995 * before:
            break
    result = np.zeros(region.shape, np.int64)
    result[region] = chosen
    return result, total / len(where)


def _neighbours(number: Labels, axis: int) -> Labels:
    first, second = (np.moveaxis(number, axis, 0)[part].ravel() for part in (slice(None, -1), slice(1, None)))
    both = (first >= 0) & (second >= 0)
    return np.stack([first[both], second[both]], axis=1)


def _seams(one: Labels, two: Labels, look: Floats, pairs: Labels) -> Floats:
    """Cost of each pair of neighbours whose pixels have these labels."""
    a, b = pairs.T
    at_a = np.linalg.norm(look[one, a] - look[two, a], axis=1)
    at_b = np.linalg.norm(look[one, b] - look[two, b], axis=1)
    return np.asarray(at_a + at_b, np.float32)


def _energy(chosen: Labels, cost: Floats, look: Floats, pairs: Labels) -> float:
    one, two = chosen[pairs[:, 0]], chosen[pairs[:, 1]]
    differ = one != two
    own = cost[chosen, np.arange(len(chosen))].sum()
    return float(own + _seams(one[differ], two[differ], look, pairs[differ]).sum())


def _expanded(chosen: Labels, label: int, cost: Floats, look: Floats, pairs: Labels) -> Labels:
    """The best of all labellings in which every pixel keeps its label or takes this one."""
    count = len(chosen)
    one, two = chosen[pairs[:, 0]], chosen[pairs[:, 1]]
    new = np.full_like(one, label)
    kept, second, first = (_seams(*sides, look, pairs) for sides in ((one, two), (one, new), (new, two)))
    unary = cost[label] - cost[chosen, np.arange(count)]
    np.add.at(unary, pairs[:, 0], first - kept)
    np.add.at(unary, pairs[:, 1], -first)
    between = np.maximum(second + first - kept, 0)
    source, sink = count, count + 1
    nodes = np.arange(count)
    starts = np.concatenate([pairs[:, 0], np.where(unary > 0, source, nodes)])
    ends = np.concatenate([pairs[:, 1], np.where(unary > 0, nodes, sink)])
    capacity = np.rint(np.concatenate([between, np.abs(unary)]) * _UNIT).astype(np.int32)
    graph = csr_matrix((capacity, (starts, ends)), shape=(count + 2, count + 2))
    left = graph - maximum_flow(graph, source, sink).flow
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    reached = np.zeros(count + 2, np.bool_)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    return np.where(reached[:count], chosen, label)
