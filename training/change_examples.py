"""Examples for the change head: made pairs as the layers of evidence that the service would give it, on disk."""

import argparse
import json
import multiprocessing
from pathlib import Path

import cv2
import numpy as np

from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.evidence import change_map
from services.detection.evidence.change_layers import CELL
from services.detection.evidence.view import Content, View
from services.detection.registration.illumination import fill_clipped, relight
from training.change_pairs import ChangePair, make_pair
from training.pictures import Pictures

_extractor: EmbeddedExtractor
_pictures: Pictures


def main() -> None:
    """Write `count` examples, each in a file of its own named by its seed; those that are there already stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--images", type=Path, required=True, help="JSON: {pictures: [...], cutouts: [...]}, file names"
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    seeds = [
        seed for seed in range(asked.first, asked.first + asked.count) if not (asked.output / f"{seed}.npz").exists()
    ]
    with multiprocessing.Pool(asked.processes, _start, (asked.images,)) as pool:
        for seed, example in pool.imap_unordered(_example, seeds):
            np.savez(asked.output / f"{seed}.npz", **example)


def _start(images: Path) -> None:
    global _extractor, _pictures  # noqa: PLW0603  a worker process loads its networks once
    listed = json.loads(images.read_text())
    _pictures = Pictures([Path(name) for name in listed["pictures"]], [Path(name) for name in listed["cutouts"]])
    _extractor = EmbeddedExtractor(1)
    cv2.setNumThreads(1)


def _example(seed: int) -> tuple[int, dict[str, np.ndarray]]:
    pair = make_pair(_pictures, np.random.default_rng(seed))
    return seed, example_of(pair, _extractor)


def example_of(pair: ChangePair, extractor: EmbeddedExtractor) -> dict[str, np.ndarray]:
    """Layers, their summary, share of changed pixels a cell, and which cells have a sure truth."""
    valid = np.ones(pair.image1.shape[:2], bool)
    lit = relight(pair.image1, pair.image2, valid, rich=True)
    sure = fill_clipped(pair.image1, pair.image2, lit)
    view = View(pair.image1, pair.image2, lit, sure, valid, Content.PHOTO, exact=False)
    layers = change_map.make_whole_layers(view, extractor)
    if layers is None:
        raise ValueError("examples want a backend with networks")
    rows, columns = layers.local.shape[1:]
    changed, known = (
        cv2.resize(np.asarray(values, np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        for values in (pair.changed, pair.sure)
    )
    return {
        "local": layers.local.astype(np.float16),
        "overall": layers.overall,
        "changed": (changed * 255).astype(np.uint8),
        "sure": known > 0.6,
        "cell": np.array(CELL),
    }


if __name__ == "__main__":
    main()
