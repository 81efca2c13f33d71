"""Compares the regions of imgdiff with those of other tools, on labelled pairs and on generated ones.

`--pairs` is a JSON lines manifest (id, source, image1, image2, boxes, same); a pair with null boxes and same false is
only timed. `--photos` is a folder of photos from which pairs with exact boxes are made; scikit-image's by default.
Writes a table, a plot and a sheet of the worst cases, with the command, the machine and the number of pairs.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from skimage import data

from benchmarks.machine import header
from benchmarks.regions import other_tools
from benchmarks.regions.matching import Tally, count_matches
from benchmarks.regions.own_detection import Detector, ours
from benchmarks.regions.pairs import make_pairs
from benchmarks.regions.pictures import Case, draw_sheet, plot_tallies
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Box
from training.nuisances import NUISANCES

Table = dict[tuple[str, str], Tally]
_MOST_CASES = 48  # cases on the sheet


def main() -> None:
    """Run the benchmark and write its report."""
    arguments = _arguments()
    tools = _tools(arguments.tools.split(","))
    arguments.output.mkdir(parents=True, exist_ok=True)
    lines = header("benchmarks.regions")
    worst: list[Case] = []
    if arguments.pairs:
        table = _measure(tools, _listed(arguments.pairs), worst)
        lines += ["", "Pairs with known boxes:", "", *_rows(table, list(tools)), *_macro(table, list(tools))]
    if not arguments.no_nuisances:
        photos = _photos(arguments.photos)[: arguments.limit]
        wanted = arguments.nuisances.split(",") if arguments.nuisances else list(NUISANCES)
        cases = (
            (f"{pair.name} {pair.nuisance}", pair.nuisance, pair.image1, pair.image2, [pair.box] if pair.box else [])
            for pair in make_pairs(photos, wanted, arguments.seed, arguments.size)
        )
        table = _measure(tools, cases, worst)
        lines += ["", f"One edit or none in {len(photos)} photos:", "", *_rows(table, list(tools))]
        plot_tallies(table, list(tools), arguments.output / "nuisances.png")
    (arguments.output / "regions.md").write_text("\n".join(lines) + "\n")
    draw_sheet(sorted(worst, key=lambda case: -case.badness)[:_MOST_CASES], arguments.output / "worst.png")
    print("\n".join(lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, help="manifest of pairs with known boxes")
    parser.add_argument("--photos", type=Path, help="folder of photos")
    parser.add_argument("--tools", default="imgdiff,blazediff,pixelmatch,plain")
    parser.add_argument("--nuisances", help="comma-separated; all by default")
    parser.add_argument("--no-nuisances", action="store_true")
    parser.add_argument("--limit", type=int, default=1000, help="photos at most")
    parser.add_argument("--size", type=_size, default=(640, 480), help="of the made images, as 3840x2160")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/output"))
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def _tools(names: list[str]) -> dict[str, Detector]:
    known = {"blazediff": other_tools.blazediff, "pixelmatch": other_tools.pixelmatch_boxes, "plain": other_tools.plain}
    return {name: ours() if name == "imgdiff" else known[name] for name in names}


Listed = tuple[str, str, RGB, RGB, list[Box] | None]


def _listed(manifest: Path) -> Iterator[Listed]:
    for line in manifest.read_text().splitlines():
        pair = json.loads(line)
        images = [_read(manifest.parent / pair[key]) for key in ("image1", "image2")]
        boxes = [] if pair["same"] else pair["boxes"] and [tuple(box) for box in pair["boxes"]]
        yield pair["id"], pair["source"], images[0], images[1], boxes


def _photos(folder: Path | None) -> list[tuple[str, RGB]]:
    if folder is None:
        names = ("astronaut", "chelsea", "coffee", "rocket")
        return [(name, np.asarray(getattr(data, name)(), np.uint8)) for name in names]
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    return [(path.stem, _read(path)) for path in found]


def _read(path: Path) -> RGB:
    return decode(path.read_bytes(), str(path), ImageLimits(max_bytes=1 << 30))


def _measure(tools: dict[str, Detector], cases: Iterator[Listed], worst: list[Case]) -> Table:
    """Run every tool on every case, in turn."""
    table: Table = defaultdict(Tally)
    for name, group, image1, image2, true in cases:
        for tool, detect in tools.items():
            started = time.perf_counter()
            found = detect(image1, image2)
            table[group, tool].add(found, true, time.perf_counter() - started)
            if tool == "imgdiff" and true is not None:
                missed = len(true) + len(found) - 2 * count_matches(found, true)
                if missed:
                    worst.append(Case(name, image1, image2, true, found, missed / max(1, len(true))))
    return table


def _rows(table: Table, tools: list[str]) -> list[str]:
    """A row for each group: recall, precision, F1, alarms on unchanged pairs and seconds a pair of every tool."""
    head = "| group | pairs | " + " | ".join(f"{tool}: R / P / F1 / alarms / s" for tool in tools) + " |"
    rows = [head, "|---|---|" + "---|" * len(tools)]
    for group in dict.fromkeys(group for group, _ in table):
        cells = [_cell(table[group, tool]) for tool in tools]
        rows.append(f"| {group} | {table[group, tools[0]].pairs} | " + " | ".join(cells) + " |")
    return rows


def _cell(tally: Tally) -> str:
    values = (tally.recall, tally.precision, tally.f1, tally.alarms, tally.seconds / max(1, tally.pairs))
    return " / ".join("-" if value is None else f"{value:.2f}" for value in values)


def _macro(table: Table, tools: list[str]) -> list[str]:
    """Mean F1 over the groups that have boxes, mean alarms over those that have unchanged pairs."""
    lines = [""]
    for tool in tools:
        of_tool = [tally for (_, name), tally in table.items() if name == tool]
        f1 = [tally.f1 for tally in of_tool if tally.f1 is not None]
        alarms = [tally.alarms for tally in of_tool if tally.alarms is not None]
        lines.append(f"{tool}: macro F1 {np.mean(f1 or [np.nan]):.3f}, macro alarms {np.mean(alarms or [np.nan]):.3f}")
    return lines


if __name__ == "__main__":
    main()
