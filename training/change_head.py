"""The change head: a small network that weighs layers of evidence into a probability of change for every cell.

Trained on examples (`training.change_examples`) and written as one ONNX file. Every tenth example is held out; the
printed table shows how often a cell of a given probability is a change there.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from services.detection.evidence.change_layers import LAYERS, NETWORKS, SUMMARISED
from training.export import export_head, import_head

# Chosen, not measured.
WIDTH = 24  # channels
DILATIONS = (1, 2, 4, 8, 1)  # cells
_BATCH = 8  # examples
_PART = (88, 112)  # rows and columns of cells that are cut from an example
_BLIND = 0.3  # share of batches without the networks' layers
_RATE = 4e-3  # highest learning rate


class ChangeHead(nn.Module):
    """N x LAYERS x rows x columns and N x summary to N x 1 x rows x columns of log odds."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(LAYERS, WIDTH, 3, padding=1)
        self.whole = nn.Linear(2 * len(SUMMARISED), WIDTH)
        self.looks = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=far, dilation=far) for far in DILATIONS)
        self.answer = nn.Conv2d(WIDTH, 1, 1)

    def forward(self, local: Tensor, overall: Tensor) -> Tensor:
        seen = functional.relu(self.mix(local) + self.whole(overall)[:, :, None, None])
        for look in self.looks:
            seen = seen + functional.relu(look(seen))
        return self.answer(seen)


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--start", type=Path, help="an exported head to continue from")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    files = sorted(arguments.examples.glob("*.npz"), key=lambda path: int(path.stem))
    held = [path for path in files if int(path.stem) % 10 == 0]
    head = ChangeHead()
    if arguments.start:
        head.load_state_dict(
            {name: torch.from_numpy(value) for name, value in import_head(arguments.start.read_bytes()).items()}
        )
    train(head, [path for path in files if int(path.stem) % 10], held, arguments.epochs)
    weights = {name: value.numpy() for name, value in head.state_dict().items()}
    arguments.output.write_bytes(export_head(weights, DILATIONS))
    print(tabulate_calibration(head, held))


def read(path: Path) -> dict[str, Tensor]:
    """Read one example, each array with a leading axis of one."""
    with np.load(path) as example:
        local = example["local"].astype(np.float32)
        if len(local) < LAYERS:
            local = np.concatenate([local, local[-1:]])
        return {
            "local": torch.from_numpy(local)[None],
            "overall": torch.from_numpy(example["overall"])[None],
            "changed": torch.from_numpy(example["changed"].astype(np.float32) / 255)[None, None],
            "sure": torch.from_numpy(example["sure"].astype(np.float32))[None, None],
        }


def train(head: ChangeHead, files: list[Path], held: list[Path], epochs: int) -> None:
    """Run Adam with one cycle of the learning rate, on parts of the examples."""
    examples = [read(path) for path in files]
    rng = np.random.default_rng(0)
    optimiser = torch.optim.AdamW(head.parameters(), weight_decay=1e-3)
    per_epoch = -(-len(examples) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=epochs * per_epoch)
    for epoch in range(epochs):
        total = 0.0
        for chosen in np.array_split(rng.permutation(len(examples)), per_epoch):
            loss = measure_loss(head, _make_batch([examples[index] for index in chosen], rng))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        held_out = f", held out {evaluate(head, held)}" if epoch % 4 == 3 or epoch + 1 == epochs else ""
        print(f"epoch {epoch + 1}: loss {total / per_epoch:.4f}{held_out}", flush=True)


def _make_batch(examples: list[dict[str, Tensor]], rng: np.random.Generator) -> dict[str, Tensor]:
    """A part of each example, mirrored at random, some without the networks' layers."""
    parts = [_cut(example, rng) for example in examples]
    batch = _mirror({key: torch.cat([part[key] for part in parts]) for key in parts[0]}, rng)
    return hide_networks(batch) if rng.random() < _BLIND else batch


def _cut(example: dict[str, Tensor], rng: np.random.Generator) -> dict[str, Tensor]:
    rows, columns = (
        int(rng.integers(max(1, have - want + 1))) for have, want in zip(example["local"].shape[2:], _PART, strict=True)
    )
    place = slice(rows, rows + _PART[0]), slice(columns, columns + _PART[1])
    return {key: value[..., place[0], place[1]] if value.ndim == 4 else value for key, value in example.items()}


def hide_networks(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Clear the networks' layers, as where these do not run."""
    local, overall = batch["local"].clone(), batch["overall"].clone()
    local[:, [*NETWORKS, LAYERS - 1]] = 0
    for place, layer in enumerate(SUMMARISED):
        if layer in NETWORKS:
            overall[:, [place, place + len(SUMMARISED)]] = 0
    return {**batch, "local": local, "overall": overall}


def _mirror(batch: dict[str, Tensor], rng: np.random.Generator) -> dict[str, Tensor]:
    """Mirror at random, since evidence has no direction."""
    axes = [axis for axis in (2, 3) if rng.random() < 0.5]
    return {key: value.flip(axes) if axes and value.ndim == 4 else value for key, value in batch.items()}


def measure_loss(head: ChangeHead, batch: dict[str, Tensor]) -> Tensor:
    """Cross entropy where the truth is sure; a small second term weighs every edit alike, whatever its size."""
    odds = head(batch["local"], batch["overall"])
    target = (batch["changed"] > 0.5).float()
    each = functional.binary_cross_entropy_with_logits(odds, target, reduction="none") * batch["sure"]
    plain = each.sum() / batch["sure"].sum()
    area = target.sum((1, 2, 3), keepdim=True)
    share = torch.where(target > 0, 1 / area.clamp(min=16).sqrt(), torch.zeros(()))
    balanced = (each * share).sum() / target.shape[0]
    return plain + 0.01 * balanced


@torch.no_grad()
def evaluate(head: ChangeHead, held: list[Path]) -> str:
    """Cell recall at 0.5 and share of unchanged cells above it, over all examples."""
    hit = true = false = negative = 0.0
    for path in held:
        one = read(path)
        flagged = head(one["local"], one["overall"]) > 0
        target = one["changed"] > 0.5
        sure = one["sure"] > 0
        hit += float((flagged & target & sure).sum())
        true += float((target & sure).sum())
        false += float((flagged & ~target & sure).sum())
        negative += float((~target & sure).sum())
    return f"recall {hit / true:.3f}, precision {hit / max(1.0, hit + false):.3f}, false {false / negative:.5f}"


@torch.no_grad()
def tabulate_calibration(head: ChangeHead, held: list[Path]) -> str:
    """Count how often cells of each probability are changes on the held-out examples."""
    edges = torch.tensor([0, 0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98, 1.0001])
    counts, changes = torch.zeros(len(edges) - 1), torch.zeros(len(edges) - 1)
    for path in held:
        one = read(path)
        sure = one["sure"] > 0
        probability = torch.sigmoid(head(one["local"], one["overall"]))[sure]
        place = torch.bucketize(probability, edges, right=True) - 1
        counts += torch.bincount(place, minlength=len(counts)).float()
        changes += torch.bincount(place, weights=(one["changed"][sure] > 0.5).float(), minlength=len(counts))
    rows = [
        f"{edges[i]:.2f}-{edges[i + 1]:.2f}: {changes[i] / counts[i].clamp(min=1):.3f} of {int(counts[i])}"
        for i in range(len(counts))
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
