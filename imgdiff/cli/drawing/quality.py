"""The quality of a dataset drawn in a terminal of 80 columns."""

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from imgdiff.statistics.quality import Precision, Quality, Threshold


def draw_quality(found: Quality, console: Console) -> None:
    """Draw the precision by kind of change and confidence, the agreement of reviewers, and the threshold."""
    console.print(Text(f"dataset {found.dataset}: {found.records} records", style="bold"), soft_wrap=True)
    console.print(", ".join(f"{state} {count}" for state, count in found.reviews.items()))
    table = Table(
        Column("", overflow="fold"), *(Column(name, justify="right") for name in ("right", "of", "precision"))
    )
    table.box = None
    _add(table, "all records", found.overall)
    for change in found.changes:
        _add(table, f"regions {change.change}", change)
    for bucket in found.buckets:
        if bucket.reviewed:
            _add(table, f"confidence {bucket.least:g} to {bucket.most:g}", bucket)
    console.print(table)
    for pair in found.agreement:
        kappa = "" if pair.kappa is None else f", kappa {pair.kappa:.2f}"
        names = " and ".join(pair.reviewers)
        console.print(Text(f"{names} agree on {100 * pair.agreement:.0f} % of {pair.records}{kappa}"))
    if found.threshold is not None:
        console.print(Text(_describe(found.threshold)))
    if found.overall.precision is None:
        console.print(f"Shares need {found.minimum} reviews.")


def _add(table: Table, name: str, one: Precision) -> None:
    table.add_row(name, str(one.right), str(one.reviewed), _share(one))


def _share(one: Precision) -> str:
    if one.precision is None or one.low is None or one.high is None:
        return "-"
    return f"{100 * one.precision:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _describe(threshold: Threshold) -> str:
    if threshold.confidence is None:
        return f"{100 * threshold.wanted:g} %: {threshold.missing}"
    return (
        f"confidence from {threshold.confidence:.3f} on: {_share(threshold)} right of those reviewed, "
        f"{threshold.kept} records"
    )
