"""Train the change heads: small networks that weigh evidence into a probability of change for every cell.

Trained on examples (`training.change_examples`) and written as two ONNX files. Every tenth example is held out; the
printed tables show how often a cell of a given probability is a change there.
"""

import argparse
import itertools
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from services.detection.evidence.change_layers import LAYERS
from training.export import export_plain, export_whole
from training.head_networks import PlainHead, WholeHead

# Chosen, not measured.
_BATCH = 8  # examples
_RATE = 3e-3  # highest learning rate
_SHARE = 0.5  # of a cell that must have changed
_COARSE = 0.3  # weight of what the tokens answer by themselves

Example = dict[str, Tensor]


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    files = sorted(arguments.examples.glob("*.npz"), key=lambda path: int(path.stem))
    held = [read(path, arguments.device) for path in files if int(path.stem) % 10 == 0]
    learnt = [read(path, arguments.device) for path in files if int(path.stem) % 10]
    for name, head, export in (
        ("change_head.onnx", PlainHead(), export_plain),
        ("change_head_with_tokens.onnx", WholeHead(), export_whole),
    ):
        torch.manual_seed(0)
        head.to(arguments.device)
        train(head, learnt, held, arguments.epochs)
        weights = {key: value.float().cpu().numpy() for key, value in head.state_dict().items()}
        (arguments.output / name).write_bytes(export(weights))
        print(tabulate_calibration(head, held), flush=True)


def read(path: Path, device: str) -> Example:
    """Read one example, each array with a leading axis of one."""
    with np.load(path) as example:
        arrays = {name: example[name] for name in ("local", "overall", "tokens1", "tokens2")}
        changed = example["changed"].astype(np.float32)[None] / 255
        sure = example["sure"][None]
        kind = str(example["kind"])
    tensors = {name: torch.from_numpy(array)[None].to(device) for name, array in arrays.items()}
    tensors["changed"] = torch.from_numpy(changed)[None].to(device)
    tensors["sure"] = torch.from_numpy(sure)[None].to(device)
    return {**tensors, "kind": kind}  # type: ignore[dict-item]


def train(head: nn.Module, examples: list[Example], held: list[Example], epochs: int) -> None:
    """Run Adam with one cycle of the learning rate, on batches of one size, mirrored at random."""
    order = np.random.default_rng(0)
    optimiser = torch.optim.AdamW(head.parameters(), weight_decay=1e-2)
    steps = epochs * sum(1 for _ in _batches(examples, np.random.default_rng(0)))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    for epoch in range(epochs):
        losses = []
        for chosen in _batches(examples, order):
            loss = measure_loss(head, _mirror(_join(chosen), order))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.detach())
        held_out = evaluate(head, held) if epoch % 8 == 7 or epoch + 1 == epochs else ""
        print(f"epoch {epoch + 1}: loss {torch.stack(losses).mean().item():.4f} {held_out}", flush=True)


def _batches(examples: list[Example], order: np.random.Generator) -> Iterator[list[Example]]:
    """All examples in batches of one size, in random order."""
    by_size = defaultdict(list)
    for index in order.permutation(len(examples)):
        example = examples[index]
        by_size[example["local"].shape].append(example)
    batches = [alike[start : start + _BATCH] for alike in by_size.values() for start in range(0, len(alike), _BATCH)]
    return (batches[index] for index in order.permutation(len(batches)))


def _join(examples: list[Example]) -> Example:
    names = ("local", "overall", "tokens1", "tokens2", "changed", "sure")
    return {name: torch.cat([example[name] for example in examples]) for name in names}


def _mirror(batch: Example, order: np.random.Generator) -> Example:
    """Mirror and turn over at random, since evidence has no direction."""
    for cells, tokens in ((2, 2), (3, 3)):
        if order.random() < 0.5:
            batch = {
                name: value if value.ndim == 2 else value.flip(tokens if name.startswith("tokens") else cells)
                for name, value in batch.items()
            }
    if order.random() < 0.5:
        batch = {**batch, "tokens1": batch["tokens2"], "tokens2": batch["tokens1"]}
    return batch


def weigh(head: nn.Module, batch: Example) -> tuple[Tensor, Tensor | None]:
    """Log odds of cells, and of tokens where the head has them."""
    local = batch["local"].float()
    if isinstance(head, PlainHead):
        return head(local[:, :LAYERS], batch["overall"]), None
    tokens = (batch[name].float() for name in ("tokens1", "tokens2"))
    cells, coarse = head(local, batch["overall"], *tokens)
    return cells, coarse


def measure_loss(head: nn.Module, batch: Example) -> Tensor:
    """Cross entropy where the truth is sure; a small second term weighs every edit alike, whatever its size."""
    odds, coarse = weigh(head, batch)
    target = (batch["changed"] > _SHARE).float()
    sure = batch["sure"].float()
    each = functional.binary_cross_entropy_with_logits(odds, target, reduction="none") * sure
    area = target.sum((1, 2, 3), keepdim=True)
    share = torch.where(target > 0, 1 / area.clamp(min=16).sqrt(), torch.zeros((), device=target.device))
    loss = each.sum() / sure.sum() + 0.01 * (each * share).sum() / target.shape[0]
    if coarse is not None:
        wanted = functional.interpolate(target, size=coarse.shape[2:], mode="area")
        loss = loss + _COARSE * functional.binary_cross_entropy_with_logits(coarse, wanted)
    return loss


@torch.no_grad()
def evaluate(head: nn.Module, held: list[Example]) -> str:
    """Recall and precision of cells at 0.5, and for each kind the share of unchanged cells above it."""
    sums: dict[str, Tensor] = defaultdict(lambda: torch.zeros(4))
    for one in held:
        flagged, target, sure = weigh(head, one)[0] > 0, one["changed"] > _SHARE, one["sure"]
        counts = [(a & b & sure).sum().item() for a, b in itertools.product((flagged, ~flagged), (target, ~target))]
        sums[str(one["kind"])] += torch.tensor(counts)
    rows = []
    for kind, (hit, false, missed, silent) in sorted(sums.items()):
        recall, precision = hit / (hit + missed).clamp(min=1), hit / (hit + false).clamp(min=1)
        rows.append(f"{kind}: recall {recall:.3f} precision {precision:.3f} false {false / (false + silent):.5f}")
    return "; ".join(rows)


@torch.no_grad()
def tabulate_calibration(head: nn.Module, held: list[Example]) -> str:
    """Count how often cells of each probability are changes on the held-out examples."""
    edges = torch.tensor([0, 0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98, 1.0001])
    counts, changes = torch.zeros(len(edges) - 1), torch.zeros(len(edges) - 1)
    for one in held:
        sure = one["sure"]
        probability = torch.sigmoid(weigh(head, one)[0])[sure].cpu()
        place = torch.bucketize(probability, edges, right=True) - 1
        counts += torch.bincount(place, minlength=len(counts)).float()
        changed = (one["changed"][sure] > _SHARE).float().cpu()
        changes += torch.bincount(place, weights=changed, minlength=len(counts))
    rows = [
        f"{edges[i]:.2f}-{edges[i + 1]:.2f}: {changes[i] / counts[i].clamp(min=1):.3f} of {int(counts[i])}"
        for i in range(len(counts))
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
