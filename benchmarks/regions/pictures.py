"""Plots and contact sheets of a benchmark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image, ImageDraw

from benchmarks.regions.matching import Tally
from imgdiff.images import RGB
from imgdiff.records import Box

_CELL = (420, 330)
_COLUMNS = 2
_TRUE, _FOUND = (0, 200, 80), (255, 60, 60)


@dataclass(frozen=True)
class Case:
    """A pair with missed or false regions: the true boxes, the found ones, and how bad the result is."""

    name: str
    image1: RGB
    image2: RGB
    true: list[Box]
    found: list[Box]
    badness: float


def plot_tallies(table: Mapping[tuple[str, str], Tally], tools: Sequence[str], path: Path) -> None:
    """Plot alarms on unchanged pairs and recall of the one edit, a group of bars for each nuisance."""
    groups = list(dict.fromkeys(group for group, _ in table))
    figure, (above, below) = plt.subplots(2, 1, figsize=(12, 7), sharex=True, layout="constrained")
    for place, tool in enumerate(tools):
        at = [index + (place - (len(tools) - 1) / 2) * 0.8 / len(tools) for index in range(len(groups))]
        tallies = [table[group, tool] for group in groups]
        above.bar(at, [tally.alarms or 0 for tally in tallies], 0.8 / len(tools), label=tool)
        below.bar(at, [tally.recall or 0 for tally in tallies], 0.8 / len(tools), label=tool)
    above.set_ylabel("unchanged pairs flagged")
    below.set_ylabel("recall of the one edit, IoU 0.3")
    below.set_xticks(range(len(groups)), groups, rotation=30, ha="right")
    above.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_sheet(cases: Sequence[Case], path: Path) -> None:
    """Draw both images of every case, true boxes green, found ones red."""
    rows = max(1, -(-len(cases) // _COLUMNS))
    sheet = Image.new("RGB", (_COLUMNS * 2 * _CELL[0], rows * _CELL[1]), "white")
    for number, case in enumerate(cases):
        left, top = number % _COLUMNS * 2 * _CELL[0], number // _COLUMNS * _CELL[1]
        for side, image in enumerate((case.image1, case.image2)):
            sheet.paste(_draw_boxes(image, case), (left + side * _CELL[0], top + 18))
        ImageDraw.Draw(sheet).text((left + 4, top + 3), case.name, fill="black")
    sheet.save(path)


def _draw_boxes(image: RGB, case: Case) -> Image.Image:
    scale = min((_CELL[0] - 6) / case.image1.shape[1], (_CELL[1] - 22) / case.image1.shape[0])
    size = max(1, round(case.image1.shape[1] * scale)), max(1, round(case.image1.shape[0] * scale))
    small = Image.fromarray(image).resize(size)
    pen = ImageDraw.Draw(small)
    for colour, boxes, width in ((_TRUE, case.true, 3), (_FOUND, case.found, 1)):
        for box in boxes:
            pen.rectangle([value * scale for value in box], outline=colour, width=width)
    return small
