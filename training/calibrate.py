"""Fit the weights of `services/detection/proposals/confidence.py` on examples of pictures that training did not see.

Prints each logistic regression, how often regions of a given confidence are changes, and the same for each kind of
nuisance when the regression was fitted on all the other kinds.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import optimize

from services.detection.evidence.change_layers import LAYERS
from services.detection.evidence.change_maps import ChangeMaps
from services.detection.proposals.confidence import describe
from services.detection.proposals.grouping import group_cells
from services.networks.change_head import ChangeHead

# Chosen, not measured.
_SHARE = 1 / 3  # of a region's cells that must have changed for it to be right
_SURE = 0.3  # of its cells whose truth must be sure
_WRONG = 2.5  # weight of a false region: seven of ten made pairs hold changes, few of those that people send do
_RIDGE = 3.0  # penalty on weights of standardised numbers


class Row(NamedTuple):
    """A region: its numbers, whether it is a change, and what else differs in its pair."""

    numbers: list[float]
    right: bool
    kind: str


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, required=True)
    arguments = parser.parse_args()
    head = ChangeHead(2)
    rows = [row for path in sorted(arguments.examples.glob("*.npz")) for row in read_regions(path, head)]
    for name in ("PLAIN_WEIGHTS", "WHOLE_WEIGHTS"):
        report(name, [row for weights, row in rows if weights == name])


def read_regions(path: Path, head: ChangeHead) -> Iterator[tuple[str, Row]]:
    """Describe every region of an example's maps without and with networks whose truth is sure, for both weights."""
    with np.load(path) as example:
        local, overall = example["local"].astype(np.float32), example["overall"]
        tokens1, tokens2 = (example[name].astype(np.float32) for name in ("tokens1", "tokens2"))
        changed, sure = example["changed"] > 127, example["sure"]
        kind, unexplained = str(example["kind"]), float(example["unexplained"])
    plain = head.weigh(local[:LAYERS], overall)
    whole = head.weigh_with_tokens(local, overall, tokens1, tokens2)
    for name, maps in (("PLAIN_WEIGHTS", ChangeMaps(plain, None)), ("WHOLE_WEIGHTS", ChangeMaps(plain, whole))):
        for group in group_cells(maps.probability):
            x1, y1, x2, y2 = group.box
            if sure[y1:y2, x1:x2][group.inside].mean() >= _SURE:
                right = bool(changed[y1:y2, x1:x2][group.inside].mean() >= _SHARE)
                yield name, Row(describe(group, maps, unexplained), right, kind)


def report(name: str, rows: list[Row]) -> None:
    """Print one regression, its reliability, and that of every kind that it did not see."""
    numbers, right = np.array([row.numbers for row in rows]), np.array([row.right for row in rows])
    kinds = np.array([row.kind for row in rows])
    weights = fit(numbers, right)
    print(name, tuple(np.round(weights, 3).tolist()), f"of {len(rows)} regions, {int(right.sum())} right")
    _tabulate("all", apply(weights, numbers), right)
    for kind in sorted(set(kinds)):
        seen = kinds != kind
        if right[seen].all() or not right[seen].any():
            continue
        _tabulate(f"{kind}, left out", apply(fit(numbers[seen], right[seen]), numbers[~seen]), right[~seen])


def _tabulate(title: str, confidence: np.ndarray, right: np.ndarray) -> None:
    cells = []
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            cells.append(f"{low:.1f} to {min(1.0, high):.1f}: {right[inside].mean():.2f} of {int(inside.sum())}")
    print(f"  {title}: " + ", ".join(cells))


def apply(weights: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Confidence, 0..1, of each row of numbers."""
    return np.asarray(1 / (1 + np.exp(-(weights[0] + numbers @ weights[1:]))))


def fit(numbers: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Logistic regression with a ridge penalty: a constant, then a weight for each number."""
    mean, spread = numbers.mean(0), numbers.std(0) + 1e-6
    rows = np.c_[np.ones(len(numbers)), (numbers - mean) / spread]
    sign, share = np.where(right, 1, -1), np.where(right, 1, _WRONG)

    def cost(factors: np.ndarray) -> float:
        margin = rows @ factors * sign
        return float((share * np.logaddexp(0, -margin)).sum() + 0.5 * _RIDGE * (factors[1:] ** 2).sum())

    factors = np.asarray(optimize.minimize(cost, np.zeros(rows.shape[1])).x)
    return np.r_[factors[0] - (factors[1:] * mean / spread).sum(), factors[1:] / spread]


if __name__ == "__main__":
    main()
