"""What detection's confidence means: how often a region of a given confidence is a change, and a verdict right.

Pairs with several edits or none are made of the photos and cut-outs (images with transparency) of two folders, with
light, shadow, motion, noise and codec of a second capture. Prints the command, the machine, both tables, and recall
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
from benchmarks.regions.matching import matched
from imgdiff.records import Box, Verdict
from imgdiff.stages import DetectedRegion, Detection, DetectionRequest
from services.detection.backends import create_engine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.imaging.masks import decode_mask
from services.serving.engine import Ticket
from training.change_pairs import MadePair, made_pair
from training.pictures import Pictures

_EDGES = (0.0, 0.1, 0.25, 0.5, 0.7, 0.85, 0.95, 1.0001)
_SHARE = 1 / 3  # of a region that must have changed, as in the fit
_SMALLEST = 60  # pixels of a true region
_SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass
class Seen:
    """Confidences with whether they came true, of regions and of verdicts, and counts at the default threshold."""

    regions: list[tuple[float, bool]] = field(default_factory=list)
    verdicts: list[tuple[float, bool]] = field(default_factory=list)
    true: int = 0
    kept: int = 0
    hits: int = 0

    def add(self, pair: MadePair, found: Detection) -> None:
        """One more pair."""
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
        self.hits += matched(kept, true)


def main() -> None:
    """Make, detect, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--cutouts", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=99)
    asked = parser.parse_args()
    pictures = Pictures(_images(asked.photos), _images(asked.cutouts))
    engine = create_engine(DetectionSettings(threads=2))
    engine.warm_up()
    seen = Seen()
    for number in range(asked.count):
        pair = made_pair(pictures, np.random.default_rng((asked.seed, number)))
        (found,) = engine.run([Ticket(PairWork(pair.image1, pair.image2, DetectionRequest(max_regions=100)))])
        if isinstance(found, Exception):
            raise found
        seen.add(pair, found)
    print("\n".join([*header("benchmarks.calibration"), *_report(seen)]))


def share_changed(region: DetectedRegion, pair: MadePair) -> float:
    """Of its mask, or of its box where it has none."""
    x1, y1, x2, y2 = region.box
    changed = pair.changed[y1:y2, x1:x2] > 0
    return float(changed.mean() if region.mask is None else changed[decode_mask(region.mask)[y1:y2, x1:x2] > 0].mean())


def true_boxes(pair: MadePair) -> list[Box]:
    """Boxes of what changed, small holes closed."""
    closed = cv2.morphologyEx(pair.changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    labels, count = ndimage.label(closed, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    places = ndimage.find_objects(labels, count)
    return [(x.start, y.start, x.stop, y.stop) for n, (y, x) in enumerate(places, 1) if sizes[n] >= _SMALLEST]


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _report(seen: Seen) -> list[str]:
    recall, precision = seen.hits / max(1, seen.true), seen.hits / max(1, seen.kept)
    return [
        f"recall {recall:.3f}, precision {precision:.3f} of {seen.true} true regions", "",
        "| confidence of a region | regions | a change there |", "|---|---|---|", *_table(seen.regions), "",
        "| confidence of a verdict | pairs | right |", "|---|---|---|", *_table(seen.verdicts),
    ]  # fmt: skip


def _table(told: Sequence[tuple[float, bool]]) -> list[str]:
    rows = []
    for low, high in itertools.pairwise(_EDGES):
        inside = [right for confidence, right in told if low <= confidence < high]
        share = f"{np.mean(inside):.2f}" if inside else "-"
        rows.append(f"| {low:.2f} to {min(1.0, high):.2f} | {len(inside)} | {share} |")
    return rows


if __name__ == "__main__":
    main()
