"""Alpha-expansion: one label for each pixel of a region, so that the seams between labels show least.

Expansion moves over a grid (Boykov, Veksler and Zabih, 2001), each one a minimum cut.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from services.imaging.arrays import Flags, Floats

Labels = NDArray[np.int64]
# Chosen, not measured.
_UNIT = 100  # by which costs are multiplied, since maximum flow takes whole numbers
_SWEEPS = 2  # over all labels
_LITTLE_GAIN = 0.995  # of the energy before a sweep, above which no other one follows
_MOST_ORDERING_COST = 50  # of a pixel, when labels are ordered by their mean cost
IMPOSSIBLE = 1e4
"""Data cost of a label that a pixel cannot take."""


def assign_labels(data: Floats, looks: Floats, region: Flags) -> tuple[Labels, float]:
    """The label of each pixel of the region (H x W, 0 elsewhere) and the mean cost of a pixel.

    `data` (labels x H x W) is the cost of a label at a pixel. `looks` (labels x H x W x channels) are the pixel's
    features with that label: two labels of neighbours cost the difference of their features at both pixels.
    """
    where = np.argwhere(region)
    number = np.full(region.shape, -1)
    number[region] = np.arange(len(where))
    cost, look = data[:, region], looks[:, region]
    pairs = np.concatenate([_list_neighbours(number, axis) for axis in (0, 1)])
    chosen = cost.argmin(axis=0)
    total = _energy(chosen, cost, look, pairs)
    order = np.argsort(cost.clip(max=_MOST_ORDERING_COST).mean(axis=1))
    for _ in range(_SWEEPS):
        before = total
        for label in order:
            moved = _expand(chosen, int(label), cost, look, pairs)
            energy = _energy(moved, cost, look, pairs)
            if energy < total:
                chosen, total = moved, energy
        if total > _LITTLE_GAIN * before:
            break
    result = np.zeros(region.shape, np.int64)
    result[region] = chosen
    return result, total / len(where)


def _list_neighbours(number: Labels, axis: int) -> Labels:
    first, second = (np.moveaxis(number, axis, 0)[part].ravel() for part in (slice(None, -1), slice(1, None)))
    both = (first >= 0) & (second >= 0)
    return np.stack([first[both], second[both]], axis=1)


def _seam_costs(first: Labels, second: Labels, look: Floats, pairs: Labels) -> Floats:
    """Cost of each pair of neighbours with these labels."""
    a, b = pairs.T
    at_a = np.linalg.norm(look[first, a] - look[second, a], axis=1)
    at_b = np.linalg.norm(look[first, b] - look[second, b], axis=1)
    return np.asarray(at_a + at_b, np.float32)


def _energy(chosen: Labels, cost: Floats, look: Floats, pairs: Labels) -> float:
    first, second = chosen[pairs[:, 0]], chosen[pairs[:, 1]]
    differ = first != second
    own = cost[chosen, np.arange(len(chosen))].sum()
    return float(own + _seam_costs(first[differ], second[differ], look, pairs[differ]).sum())


def _expand(chosen: Labels, label: int, cost: Floats, look: Floats, pairs: Labels) -> Labels:
    """The best labelling in which every pixel keeps its label or takes this one: one minimum cut."""
    count = len(chosen)
    a, b = chosen[pairs[:, 0]], chosen[pairs[:, 1]]
    new = np.full_like(a, label)
    kept, b_moved, a_moved = (_seam_costs(*sides, look, pairs) for sides in ((a, b), (a, new), (new, b)))
    unary = cost[label] - cost[chosen, np.arange(count)]
    np.add.at(unary, pairs[:, 0], a_moved - kept)
    np.add.at(unary, pairs[:, 1], -a_moved)
    between = np.maximum(b_moved + a_moved - kept, 0)
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
