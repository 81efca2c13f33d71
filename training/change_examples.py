"""Examples for the change head: synthetic pairs as the layers of evidence that the service would give it, on disk."""

import argparse
import json
import multiprocessing
from pathlib import Path

import cv2
import numpy as np

from imgdiff.stages import Content
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.evidence import change_map
from services.detection.evidence.view import View
from services.detection.registration.illumination import fill_clipped, measure_unexplained, relight
from training.change_pairs import ChangePair, make_pair
from training.pictures import Pictures

_SURE = 0.6  # share of a cell's pixels whose truth must be sure; chosen, not measured
_extractor: EmbeddedExtractor
_pictures: Pictures


def main() -> None:
    """Write `count` examples, each in a file named by its seed; existing files stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--images", type=Path, required=True, help="JSON: {pictures: [...], cutouts: [...]}, file names"
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    wanted = range(arguments.first, arguments.first + arguments.count)
    seeds = [seed for seed in wanted if not (arguments.output / f"{seed}.npz").exists()]
    with multiprocessing.Pool(arguments.processes, _start, (arguments.images,)) as pool:
        for seed, example in pool.imap_unordered(_make_example, seeds):
            np.savez(arguments.output / f"{seed}.npz", **example)


def _start(images: Path) -> None:
    global _extractor, _pictures  # noqa: PLW0603  each worker process loads its networks once
    names = json.loads(images.read_text())
    _pictures = Pictures([Path(name) for name in names["pictures"]], [Path(name) for name in names["cutouts"]])
    _extractor = EmbeddedExtractor(1)
    cv2.setNumThreads(1)


def _make_example(seed: int) -> tuple[int, dict[str, np.ndarray]]:
    pair = make_pair(_pictures, np.random.default_rng(seed))
    return seed, make_example(pair, _extractor)


def make_example(pair: ChangePair, extractor: EmbeddedExtractor) -> dict[str, np.ndarray]:
    """Make the layers, their summary, the share of changed pixels a cell, and which cells have a sure truth."""
    valid = np.ones(pair.image1.shape[:2], bool)
    lit = relight(pair.image1, pair.image2, valid, rich=True)
    sure = fill_clipped(pair.image1, pair.image2, lit)
    view = View(pair.image1, pair.image2, lit, sure, valid, Content.PHOTO, exact=False)
    whole = change_map.make_whole_layers(view, extractor)
    if whole is None:
        raise ValueError("examples need a backend with networks")
    layers, (tokens1, tokens2) = whole
    rows, columns = layers.local.shape[1:]
    changed, known = (
        cv2.resize(np.asarray(values, np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        for values in (pair.changed, pair.sure)
    )
    return {
        "local": layers.local.astype(np.float16),
        "overall": layers.overall,
        "tokens1": tokens1.astype(np.float16),
        "tokens2": tokens2.astype(np.float16),
        "changed": (changed * 255).astype(np.uint8),
        "sure": known > _SURE,
        "kind": np.array(pair.kind),
        "unexplained": np.array(measure_unexplained(pair.image1, sure, valid)),
    }


if __name__ == "__main__":
    main()
