"""Measures the calibration of detection: how often a region of a given confidence changed, and a verdict is right.

Pairs with several edits or none are made from the photos and cut-outs (images with transparency) of two folders, with
the light, shadow, motion, noise and codec of a second capture. Prints the command, the machine, both tables, and recall
and precision at IoU 0.3.
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from benchmarks.machine import header
from benchmarks.regions.matching import count_matches
from imgdiff.records import Box, Verdict
from imgdiff.stages import DetectedRegion, Detection, DetectionRequest
from services.detection.backends import create_engine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.imaging.masks import decode_mask
from services.serving.engine import Ticket
from training.change_pairs import ChangePair, make_pair
from training.pictures import Pictures

_EDGES = (0.0, 0.1, 0.25, 0.5, 0.7, 0.85, 0.95, 1.0001)
_SHARE = 1 / 3  # of a region that must have changed for it to count, as in the fit
_SMALLEST = 60  # pixels of a true region
_SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass
class Tally:
    """Confidences of regions and verdicts, each with whether it was right, and counts at the default threshold."""

    regions: list[tuple[float, bool]] = field(default_factory=list)
    verdicts: list[tuple[float, bool]] = field(default_factory=list)
    true: int = 0
    kept: int = 0
    hits: int = 0

    def add(self, pair: ChangePair, found: Detection) -> None:
        """Count one more pair."""
        true = true_boxes(pair)
        self.regions += [
            (region.confidence, share_changed(region, pair) >= _SHARE)
            for region in found.regions
            if region.confidence is not None
        ]
        if found.confidence is not None:
            self.verdicts.append((found.confidence, (found.verdict is Verdict.DIFFERENT) == bool(true)))
        kept = [region.box for region in found.regions if region.kept]
        self.true, self.kept = self.true + len(true), self.kept + len(kept)
        self.hits += count_matches(kept, true)


def main() -> None:
    """Run the benchmark and print its report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--cutouts", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=99)
    arguments = parser.parse_args()
    pictures = Pictures(_images(arguments.photos), _images(arguments.cutouts))
    engine = create_engine(DetectionSettings(threads=2))
    engine.warm_up()
    tally = Tally()
    for number in range(arguments.count):
        pair = make_pair(pictures, np.random.default_rng((arguments.seed, number)))
        (found,) = engine.run([Ticket(PairWork(pair.image1, pair.image2, DetectionRequest(max_regions=100)))])
        if isinstance(found, Exception):
            raise found
        tally.add(pair, found)
    print("\n".join([*header("benchmarks.calibration"), *_report(tally)]))


def share_changed(region: DetectedRegion, pair: ChangePair) -> float:
    """Share of a region's mask, or of its box without one, that changed."""
    x1, y1, x2, y2 = region.box
    changed = pair.changed[y1:y2, x1:x2] > 0
    return float(changed.mean() if region.mask is None else changed[decode_mask(region.mask)[y1:y2, x1:x2] > 0].mean())


def true_boxes(pair: ChangePair) -> list[Box]:
    """Boxes of the changed pixels, small holes closed."""
    closed = cv2.morphologyEx(pair.changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    labels, count = ndimage.label(closed, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    places = ndimage.find_objects(labels, count)
    return [(x.start, y.start, x.stop, y.stop) for n, (y, x) in enumerate(places, 1) if sizes[n] >= _SMALLEST]


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _report(tally: Tally) -> list[str]:
    recall, precision = tally.hits / max(1, tally.true), tally.hits / max(1, tally.kept)
    return [
        f"recall {recall:.3f}, precision {precision:.3f} of {tally.true} true regions",
        *("", "| confidence of a region | regions | changed |", "|---|---|---|", *_table(tally.regions)),
        *("", "| confidence of a verdict | pairs | right |", "|---|---|---|", *_table(tally.verdicts)),
    ]


def _table(confidences: Sequence[tuple[float, bool]]) -> list[str]:
    rows = []
    for low, high in itertools.pairwise(_EDGES):
        inside = [right for confidence, right in confidences if low <= confidence < high]
        share = f"{np.mean(inside):.2f}" if inside else "-"
        rows.append(f"| {low:.2f} to {min(1.0, high):.2f} | {len(inside)} | {share} |")
    return rows


if __name__ == "__main__":
    main()
