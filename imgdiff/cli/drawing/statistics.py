"""Statistics of a dataset drawn in a terminal of 80 columns."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from imgdiff.statistics.documents import Histogram, Statistics

_BAR = 24  # characters; chosen, not measured


def draw_statistics(found: Statistics, console: Console) -> None:
    """Draw the counts, the most frequent names and replacements, and the histograms."""
    whose = f"dataset {found.dataset}" + (f", version {found.version}" if found.version is not None else "")
    console.print(Text(f"{whose}: {found.records} record{'s' * (found.records != 1)}", style="bold"), soft_wrap=True)
    table = Table(Column(style="dim", no_wrap=True), Column(overflow="fold"), show_header=False, box=None)
    for name, text in _rows(found):
        table.add_row(name, Text(text))
    console.print(table)
    for title, histogram in (
        ("box area as a share of the image", found.boxes.shares),
        ("similarity of both images", found.similarity),
        ("confidence in the verdict", found.confidence),
    ):
        if sum(histogram.counts):
            console.print(_bars(title, histogram))


def _rows(found: Statistics) -> list[tuple[str, str]]:
    objects, replacements, regions, boxes = found.objects, found.replacements, found.regions, found.boxes
    mean = "" if regions.mean is None else f", {regions.mean:.2f} a record"
    covered = ", ".join(f"{_percent(one.share)} {one.vocabulary}" for one in objects.coverage)
    checks = _list(found.sentences.model_dump())
    return [
        ("verdicts", _list(found.verdicts)),
        ("sources", _list(dict[str, int](found.sources) | {one.value: count for one, count in found.edits.items()})),
        ("images", f"{found.images}, of {found.scenes} scenes"),
        ("regions", f"{regions.kept} kept, {regions.rejected} rejected{mean}"),
        ("changes", _list(found.changes)),
        ("object names", f"{objects.categories} categories, {objects.occurrences} occurrences"),
        ("covered by", covered),
        ("most frequent", ", ".join(f"{one.name} {one.count}" for one in objects.top) or "-"),
        ("replacements", f"{replacements.unique} unique, {replacements.occurrences} occurrences"),
        ("most frequent", ", ".join(f"{one.before} > {one.after} {one.count}" for one in replacements.top) or "-"),
        ("box sizes", f"{boxes.small} small, {boxes.medium} medium, {boxes.large} large"),
        ("sentences", f"{checks}; {_percent(found.verified)} verified"),
    ]


def _list(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "-"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _bars(title: str, histogram: Histogram) -> Table:
    table = Table(Column("from", justify="right"), Column("count", justify="right"), "", title=title, box=None)
    table.title_justify = "left"
    most = max(histogram.counts)
    for edge, count in zip(histogram.edges, histogram.counts, strict=False):
        table.add_row(f"{edge:g}", str(count), "█" * round(_BAR * count / most))
    if histogram.missing:
        table.add_row("none", str(histogram.missing), "")
    return table
