"""Measures how true captions are, on pairs made of photos with instance masks, and on labelled real pairs.

`--photos` is a folder in COCO's format; in every photo one object is added, removed, replaced, recoloured, moved, or
nothing is changed. The true boxes are given, or with `--end-to-end` detection finds them (IoU 0.3). `--pairs` is a
JSON lines manifest (id, source, image1, image2, and labels, captions or items). Writes tables and a sheet of the worst.

Photos that the detector was trained on (for a COCO detector, train2017) flatter it, most where an object stays in its
own place, recoloured or unchanged. A noun for the ground counts as invented unless annotated, although it may be true
where COCO has no class for it; nouns more specific than the truth count as wrong too, and are counted apart. The
intervals treat pairs as independent, but cut-outs recur, so they are too narrow. With given boxes the kind `moved` is
given too and is not counted.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.captions.engines import Engines, PairCaptions
from benchmarks.captions.real_pairs import score_real_pairs
from benchmarks.captions.scores import RegionScore, score_region
from benchmarks.captions.sheet import BadCase, draw_sheet
from benchmarks.captions.tables import report
from benchmarks.machine import header
from training.caption_pairs import KINDS, CaptionPair, make_pairs
from training.coco_photos import read_photos

_WORST = 24  # cases on the sheet


@dataclass
class Measured:
    """Scores of all regions, the worst of them, and seconds by number of regions; `given`: the true boxes were."""

    given: bool
    objects: str = ""
    scores: list[RegionScore] = field(default_factory=list)
    worst: list[BadCase] = field(default_factory=list)
    seconds: dict[int, list[float]] = field(default_factory=dict)
    extra: int = 0
    extra_named: int = 0

    def add(self, pair: CaptionPair, captions: PairCaptions) -> None:
        """Score one more pair."""
        for truth, region in zip(pair.truths, captions.of_truths, strict=True):
            score = score_region(pair.kind, truth, region, pair.around, given=self.given)
            self.scores.append(score)
            if score.badness:
                self.worst.append(BadCase(pair, truth, region, score))
        self.extra += len(captions.others)
        self.extra_named += sum(bool(one.label1 or one.label2) for one in captions.others)
        self.seconds.setdefault(captions.regions, []).append(captions.seconds)


def main() -> None:
    """Run the benchmark and write its report."""
    arguments = _arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    engines = Engines(masks=arguments.masks, end_to_end=arguments.end_to_end, verify=not arguments.no_verification)
    lines = header("benchmarks.captions")
    started = time.perf_counter()
    if arguments.photos:
        measured = _measure(engines, arguments)
        way = "found by detection" if arguments.end_to_end else "given" + (" with masks" if arguments.masks else "")
        lines += [
            "",
            f"One change in a photo, boxes {way}; {len(measured.scores)} true regions; {measured.objects}:",
            "",
        ]
        lines += [*report(measured.scores), "", *_cost(measured)]
        draw_sheet(_worst(measured.worst), arguments.output / "captions.png")
    if arguments.pairs:
        lines += ["", "Labelled real pairs:", "", *score_real_pairs(engines.with_detection(), arguments.pairs)]
    lines += ["", f"{time.perf_counter() - started:.0f} s in all"]
    (arguments.output / "captions.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="folder in COCO's format, with instance masks")
    parser.add_argument("--pairs", type=Path, help="manifest of labelled real pairs")
    parser.add_argument("--kinds", default=",".join(KINDS), help="comma-separated")
    parser.add_argument("--limit", type=int, default=1000, help="photos at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--masks", action="store_true", help="give the true masks with the true boxes")
    parser.add_argument("--end-to-end", action="store_true", help="detection finds the boxes")
    parser.add_argument("--no-verification", action="store_true", help="sentences before the check")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/output"))
    arguments = parser.parse_args()
    if not (arguments.photos or arguments.pairs):
        parser.error("--photos or --pairs is needed")
    return arguments


def _measure(engines: Engines, arguments: argparse.Namespace) -> Measured:
    measured = Measured(given=not arguments.end_to_end)
    photos = read_photos(arguments.photos)[: arguments.limit]
    labels = [one.label for photo in photos for one in photo.whole_objects]
    measured.objects = f"{len(labels)} objects of {len(set(labels))} classes to cut out, each in several pairs"
    for number, pair in enumerate(make_pairs(photos, arguments.kinds.split(","), arguments.seed)):
        measured.add(pair, engines.caption(pair))
        if number % 10 == 0 and not arguments.end_to_end:
            measured.seconds.setdefault(5, []).append(engines.seconds_of_five(pair))
    return measured


def _cost(measured: Measured) -> list[str]:
    """Seconds a pair by number of regions, and regions where nothing changed."""
    what = "captioning" if measured.given else "detection and captioning"
    rows = [f"| regions in a pair | pairs | median seconds of {what} | 90 % within |", "|---|---|---|---|"]
    for regions, seconds in sorted(measured.seconds.items()):
        rows.append(f"| {regions} | {len(seconds)} | {np.median(seconds):.2f} | {np.percentile(seconds, 90):.2f} |")
    if measured.extra:
        rows += ["", f"Regions where no change is known: {measured.extra}, {measured.extra_named} named."]
    return rows


def _worst(cases: Sequence[BadCase]) -> list[BadCase]:
    """The worst cases, every kind of change in turn."""
    seen: Counter[str] = Counter()
    ranked = []
    for case in sorted((case for case in cases if not case.score.second_place), key=lambda case: -case.score.badness):
        seen[case.score.kind] += 1
        ranked.append((seen[case.score.kind], case))
    return [case for _, case in sorted(ranked, key=lambda one: one[0])[:_WORST]]


if __name__ == "__main__":
    main()
