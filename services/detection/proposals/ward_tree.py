"""A Ward tree over a grid: similar neighbouring cells join first, so that every node is a connected segment."""

import heapq
from dataclasses import dataclass, field

import numpy as np

from services.imaging.arrays import Flags, Floats


@dataclass(frozen=True)
class Tree:
    """Nodes 0..leaves-1 are the cells in row order; node `leaves + i` joins the two of `children[i]`."""

    leaves: int
    children: list[tuple[int, int]]

    def cells(self, node: int) -> Flags:
        """Flag the cells that a node covers."""
        inside, waiting = np.zeros(self.leaves, bool), [node]
        while waiting:
            current = waiting.pop()
            if current < self.leaves:
                inside[current] = True
            else:
                waiting.extend(self.children[current - self.leaves])
        return inside


@dataclass
class _GrowingTree:
    """Sums and sizes of the live nodes, their neighbours, and the joins by rising cost."""

    sums: Floats
    sizes: Floats
    near: dict[int, set[int]]
    queue: list[tuple[float, int, int]] = field(default_factory=list)

    def offer(self, node: int, others: list[int]) -> None:
        """Queue the joins of one node: the rise of the squared error that each would cost (Ward 1963)."""
        if not others:
            return
        mean = self.sums[node] / self.sizes[node]
        apart = self.sums[others] / self.sizes[others][:, None] - mean
        weight = self.sizes[others] * self.sizes[node] / (self.sizes[others] + self.sizes[node])
        for other, cost in zip(others, ((apart**2).sum(1) * weight).tolist(), strict=True):
            heapq.heappush(self.queue, (cost, node, other))

    def join(self, one: int, two: int, new: int) -> None:
        """Merge two nodes into `new` and offer it to all that touched either."""
        self.sums[new] = self.sums[one] + self.sums[two]
        self.sizes[new] = self.sizes[one] + self.sizes[two]
        touching = (self.near.pop(one) | self.near.pop(two)) - {one, two}
        for other in touching:
            self.near[other] -= {one, two}
            self.near[other].add(new)
        self.near[new] = touching
        self.offer(new, sorted(touching))


def build_tree(features: Floats) -> Tree:
    """Build the tree of a grid of rows x columns x D."""
    rows, columns, width = features.shape
    leaves = rows * columns
    total = 2 * leaves - 1
    sums, sizes = np.zeros((total, width), np.float32), np.ones(total, np.float32)
    sums[:leaves] = features.reshape(leaves, width)
    growing = _GrowingTree(sums, sizes, _neighbours(rows, columns))
    for cell in range(leaves):
        growing.offer(cell, [other for other in growing.near[cell] if other > cell])
    children: list[tuple[int, int]] = []
    while len(children) < leaves - 1:
        _, one, two = heapq.heappop(growing.queue)
        if one in growing.near and two in growing.near:
            growing.join(one, two, leaves + len(children))
            children.append((one, two))
    return Tree(leaves, children)


def best_cut(tree: Tree, gains: Floats, price: float) -> list[int]:
    """The disjoint nodes with the largest sum of their cells' gains, each node reduced by `price`.

    The price decides whether a segment is reported whole or in parts, and which are too faint to report.
    """
    sums = np.zeros(tree.leaves + len(tree.children))
    sums[: tree.leaves] = gains
    best = np.maximum(sums - price, 0.0)
    for index, (one, two) in enumerate(tree.children):
        node = tree.leaves + index
        sums[node] = sums[one] + sums[two]
        best[node] = max(sums[node] - price, best[one] + best[two], 0.0)
    chosen, waiting = [], [len(sums) - 1]
    while waiting:
        node = waiting.pop()
        if best[node] <= 0:
            continue
        if best[node] == sums[node] - price:
            chosen.append(node)
        else:
            waiting.extend(tree.children[node - tree.leaves])
    return chosen


def _neighbours(rows: int, columns: int) -> dict[int, set[int]]:
    """The cells above, below, left and right of each."""
    cells = np.arange(rows * columns).reshape(rows, columns)
    pairs = [(cells[:, :-1], cells[:, 1:]), (cells[:-1], cells[1:])]
    near: dict[int, set[int]] = {cell: set() for cell in range(rows * columns)}
    for ones, twos in pairs:
        for one, two in zip(ones.ravel().tolist(), twos.ravel().tolist(), strict=True):
            near[one].add(two)
            near[two].add(one)
    return near
