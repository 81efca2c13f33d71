"""How good captions are, on pairs made of photos with instance masks, and on labelled real pairs.

`--photos` is a folder in COCO's format; for every photo one object is added, removed, replaced, recoloured, moved, and
nothing is changed. The true boxes are given, or with `--end-to-end` detection finds them (IoU 0.3). `--pairs` is a
JSON lines manifest (id, source, image1, image2, and labels, captions or items). Writes tables and a sheet of the worst.

Photos that the detector was trained on (for a COCO detector, train2017) flatter it, most where an object stays in its
own place, recoloured or unchanged. A noun for the ground counts as invented unless annotated, although what is no COCO
class may truly be there; so do narrower nouns than the truth's, which are counted beside. The intervals take pairs for
independent; cut-outs come again, so they are too narrow. With given boxes the kind `moved` is given too: not counted.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.captions.engines import Answer, Asker
from benchmarks.captions.pairs import KINDS, CaptionPair, made
from benchmarks.captions.real_pairs import real_rows
from benchmarks.captions.scores import Judged, judged
from benchmarks.captions.sheet import BadCase, draw_sheet
from benchmarks.captions.tables import report
from benchmarks.coco_photos import photos
from benchmarks.machine import header

_WORST = 24


@dataclass
class Measured:
    """Everything that was judged, and what else was seen on the way; `given`: the true boxes were."""

    given: bool
    things: str = ""
    judged: list[Judged] = field(default_factory=list)
    worst: list[BadCase] = field(default_factory=list)
    seconds: dict[int, list[float]] = field(default_factory=dict)
    extra: int = 0
    extra_named: int = 0

    def add(self, pair: CaptionPair, answer: Answer) -> None:
        """One more pair."""
        for truth, said in zip(pair.truths, answer.of_truths, strict=True):
            one = judged(pair.kind, truth, said, pair.around, given=self.given)
            self.judged.append(one)
            if one.badness:
                self.worst.append(BadCase(pair, truth, said, one))
        self.extra += len(answer.others)
        self.extra_named += sum(bool(one.label1 or one.label2) for one in answer.others)
        self.seconds.setdefault(answer.regions, []).append(answer.seconds)


def main() -> None:
    """Make, ask, judge, write."""
    asked = _arguments()
    asked.output.mkdir(parents=True, exist_ok=True)
    asker = Asker(masks=asked.masks, end_to_end=asked.end_to_end, verify=not asked.no_verification)
    lines = header("benchmarks.captions")
    started = time.perf_counter()
    if asked.photos:
        measured = _measured(asker, asked)
        way = "found by detection" if asked.end_to_end else "given" + (" with masks" if asked.masks else "")
        lines += [
            "",
            f"One change in a photo, boxes {way}; {len(measured.judged)} true regions; {measured.things}:",
            "",
        ]
        lines += [*report(measured.judged), "", *_cost(measured)]
        draw_sheet(_worst(measured.worst), asked.output / "captions.png")
    if asked.pairs:
        lines += ["", "Labelled real pairs:", "", *real_rows(asker.detecting(), asked.pairs)]
    lines += ["", f"{time.perf_counter() - started:.0f} s in all"]
    (asked.output / "captions.md").write_text("\n".join(lines) + "\n")
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
    parser.add_argument("--no-verification", action="store_true", help="sentences as they were first written")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/output"))
    asked = parser.parse_args()
    if not (asked.photos or asked.pairs):
        parser.error("--photos or --pairs is needed")
    return asked


def _measured(asker: Asker, asked: argparse.Namespace) -> Measured:
    measured = Measured(given=not asked.end_to_end)
    shown = photos(asked.photos)[: asked.limit]
    things = [one.label for photo in shown for one in photo.whole_things]
    measured.things = f"{len(things)} things of {len(set(things))} classes to cut out, each in several pairs"
    for number, pair in enumerate(made(shown, asked.kinds.split(","), asked.seed)):
        measured.add(pair, asker.ask(pair))
        if number % 10 == 0 and not asked.end_to_end:
            measured.seconds.setdefault(5, []).append(asker.seconds_of_five(pair))
    return measured


def _cost(measured: Measured) -> list[str]:
    """What the sentences and the answers cost."""
    what = "captioning" if measured.given else "detection and captioning"
    rows = [f"| regions in a pair | pairs | median seconds of {what} | 90 % within |", "|---|---|---|---|"]
    for regions, seconds in sorted(measured.seconds.items()):
        rows.append(
            f"| {regions} | {len(seconds)} | {np.median(seconds):.2f} | {np.percentile(seconds, 90):.2f} |",
        )
    if measured.extra:
        rows += ["", f"Regions where nothing is known to have changed: {measured.extra}, {measured.extra_named} named."]
    return rows


def _worst(cases: Sequence[BadCase]) -> list[BadCase]:
    """The worst of every kind in turn."""
    seen: Counter[str] = Counter()
    ranked = []
    for case in sorted((case for case in cases if not case.judged.again), key=lambda case: -case.judged.badness):
        seen[case.judged.kind] += 1
        ranked.append((seen[case.judged.kind], case))
    return [case for _, case in sorted(ranked, key=lambda one: one[0])[:_WORST]]


if __name__ == "__main__":
    main()
