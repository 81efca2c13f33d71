"""Fit the weights of `services/detection/proposals/confidence.py` on the examples that training held out.

Prints each logistic regression and how often regions of a given confidence are changes.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import optimize

from services.detection.evidence.change_layers import LAYERS, NETWORKS, SUMMARISED
from services.detection.proposals.confidence import look_up
from services.detection.proposals.grouping import Group, group_cells, log_odds
from services.networks.change_head import ChangeHead

_SHARE = 1 / 3  # of a region's cells that must have changed for it to be right; chosen, not measured
Row = tuple[list[float], bool]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, required=True)
    arguments = parser.parse_args()
    head = ChangeHead(2)
    rows: dict[str, list[Row]] = {"_WITH_NETWORKS": [], "_WITHOUT_NETWORKS": [], "_BOTH": []}
    held = [path for path in sorted(arguments.examples.glob("*.npz")) if int(path.stem) % 10 == 0]
    for path in held:
        for name, row in read_regions(path, head):
            rows[name].append(row)
    for name, examples in rows.items():
        report(name, np.array([row for row, _ in examples]), np.array([right for _, right in examples]))


def read_regions(path: Path, head: ChangeHead) -> Iterator[tuple[str, Row]]:
    """Read every region of both maps: its features, and whether it is a change."""
    with np.load(path) as example:
        local, overall = example["local"].astype(np.float32), example["overall"]
        changed = example["changed"] > 127
    whole = head(local, overall)
    plain = head(*hide_networks(local, overall))
    for group in group_cells(whole):
        yield "_WITH_NETWORKS", ([1.0, log_odds(group.surest)], _is_change(group, changed))
    for group in group_cells(plain):
        right = _is_change(group, changed)
        yield "_WITHOUT_NETWORKS", ([1.0, log_odds(group.surest)], right)
        yield "_BOTH", ([1.0, log_odds(group.surest), log_odds(look_up(group, plain.shape, whole))], right)


def hide_networks(local: np.ndarray, overall: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clear the networks' layers and their summary."""
    local, overall = local.copy(), overall.copy()
    local[[*NETWORKS, LAYERS - 1]] = 0
    hidden = [place for place, layer in enumerate(SUMMARISED) if layer in NETWORKS]
    overall[[*hidden, *(place + len(SUMMARISED) for place in hidden)]] = 0
    return local, overall


def _is_change(group: Group, changed: np.ndarray) -> bool:
    """Whether at least a third of its cells are changes."""
    x1, y1, x2, y2 = group.box
    return bool(changed[y1:y2, x1:x2][group.inside].mean() >= _SHARE)


def report(name: str, features: np.ndarray, right: np.ndarray) -> None:
    """Print one regression and its reliability."""
    factors = fit(features, right)
    confidence = 1 / (1 + np.exp(-features @ factors))
    print(name, np.round(factors, 2).tolist(), f"of {len(right)} regions, {int(right.sum())} right")
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            print(f"  {low:.1f} to {min(1.0, high):.1f}: {right[inside].mean():.2f} of {int(inside.sum())}")


def fit(features: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Logistic regression with a small ridge penalty, so that few regions cannot make it certain."""

    def cost(factors: np.ndarray) -> float:
        margin = features @ factors * np.where(right, 1, -1)
        return float(np.logaddexp(0, -margin).sum() + 0.5 * (factors[1:] ** 2).sum())

    return np.asarray(optimize.minimize(cost, np.zeros(features.shape[1])).x)


if __name__ == "__main__":
    main()
