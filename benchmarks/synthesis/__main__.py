"""The share of requested edits of photos that become records, by operation and by size of the object.

`--photos` is a folder in COCO's format, with masks that give the sizes of objects, or of plain photos, where the
detector's boxes give them. A case names a label of a photo; its size is that of the largest such object. It becomes a
record if, in one of some rounds, editing makes the edit, no pixel outside the mask differs by more than noise (PSNR
40 dB), and detection, which does not know the mask, finds a region at every place that changed (IoU 0.3).

With `--marked HALF` every annotated object of every other photo is requested by its outline, and the objects that are
cut out of the other half along theirs are the donors: for an addition as the gateway draws them, for a replacement ten
comparable ones of another label.

Photos that the detector was trained on give better figures. A person has to judge how edits look: see the sheets.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.captions.scores import share
from benchmarks.machine import header
from benchmarks.synthesis.engines import Outcome, Synthesiser
from benchmarks.synthesis.requests import NO_SIZE, SIZES, Case, list_cases, list_marked_cases, summarise_photos
from benchmarks.synthesis.sheet import draw_sheet
from imgdiff.records import Operation
from training.coco_photos import read_photos

_AIMED_AT = ("2-5 %", "5-10 %", "10-20 %")
_ON_A_SHEET = 24  # cases


def main() -> None:
    """Run all cases and write the report."""
    asked = _arguments()
    asked.output.mkdir(parents=True, exist_ok=True)
    count, cases = _list_cases(asked)
    synthesiser = Synthesiser(asked.rounds, asked.seed)
    started = time.perf_counter()
    wanted = [one for one in cases if one.size in (*asked.sizes, NO_SIZE)]
    outcomes = [synthesiser.run(case) for case in wanted]
    lines = [*header("benchmarks.synthesis"), f"{count} photos, {len(outcomes)} cases", "", *report(outcomes), ""]
    lines.append(f"{time.perf_counter() - started:.0f} s in all")
    (asked.output / "synthesis.md").write_text("\n".join(lines) + "\n")
    for operation in asked.operations:
        _draw([one for one in outcomes if one.case.operation is operation], asked.output, operation)
    print("\n".join(lines))


def _list_cases(asked: argparse.Namespace) -> tuple[int, Iterator[Case]]:
    """The number of photos, and what is requested of them."""
    if asked.marked is None:
        photos = summarise_photos(asked.photos)[: asked.limit]
        return len(photos), list_cases(photos, asked.operations, asked.seed)
    annotated = read_photos(asked.photos)[: asked.limit]
    return len(annotated), list_marked_cases(annotated, asked.operations, asked.seed, asked.marked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos, in COCO's format or plain")
    parser.add_argument("--operations", type=_operations, default=tuple(Operation), help="comma-separated")
    parser.add_argument(
        "--sizes", type=_sizes, default=SIZES, help=f"comma-separated, of {', '.join(SIZES)}".replace("%", "%%")
    )
    parser.add_argument(
        "--marked", type=int, choices=(0, 1), help="mark the annotated objects of this half; the other one gives donors"
    )
    parser.add_argument("--limit", type=int, default=1000, help="photos at most")
    parser.add_argument("--rounds", type=int, default=3, help="attempts for a case that was made but not found")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/output"))
    return parser.parse_args()


def _operations(text: str) -> tuple[Operation, ...]:
    return tuple(Operation(name) for name in text.split(","))


def _sizes(text: str) -> tuple[str, ...]:
    return tuple(size for size in SIZES if size in text.split(","))


def report(outcomes: Sequence[Outcome]) -> list[str]:
    """A row for each operation and size, and one for the sizes aimed at; then the reasons."""
    rows = [
        "| operation | object | records | made | found of made | other regions | PSNR min / median | s median / 90 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for operation in dict.fromkeys(one.case.operation for one in outcomes):
        of = [one for one in outcomes if one.case.operation is operation]
        for size in (*SIZES, NO_SIZE):
            rows.extend(_row(operation, size, [one for one in of if one.case.size == size]))
        rows.extend(_row(operation, "2-20 %", [one for one in of if one.case.size in _AIMED_AT]))
        rows.extend(_row(operation, "all", of))
    return [*rows, "", *_reasons(outcomes)]


def _row(operation: str, size: str, outcomes: Sequence[Outcome]) -> list[str]:
    if not outcomes:
        return []
    made = [one for one in outcomes if one.is_made]
    seconds = [one.seconds for one in outcomes]
    decibels = [one.psnr for one in made if one.psnr is not None]
    cells = (
        operation,
        size,
        share(one.is_record for one in outcomes),
        share(one.is_made for one in outcomes),
        share(one.is_found for one in made),
        f"{np.mean([one.extra for one in made]):.2f}" if made else "-",
        f"{min(decibels):.0f} / {np.median(decibels):.0f}" if decibels else "-",
        f"{np.median(seconds):.1f} / {np.percentile(seconds, 90):.1f}",
    )
    return ["| " + " | ".join(cells) + " |"]


def _reasons(outcomes: Sequence[Outcome]) -> list[str]:
    """How often each reason came first among those of a refused case; `not found` is detection's."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        if not one.is_record:
            code = one.reasons[0].code if one.reasons else "not found" if one.is_made else "none given"
            counted[one.case.operation][code] += 1
    return [
        f"{operation} refused: " + ", ".join(f"{code} {count}" for code, count in codes.most_common())
        for operation, codes in counted.items()
    ]


def _draw(outcomes: Sequence[Outcome], folder: Path, name: str) -> None:
    """Sheets of some cases each, those that were made first."""
    ranked = sorted(outcomes, key=lambda one: not one.is_made)
    for start in range(0, len(ranked), _ON_A_SHEET):
        draw_sheet(ranked[start : start + _ON_A_SHEET], folder / f"{name}_{start // _ON_A_SHEET}.png")


if __name__ == "__main__":
    main()
