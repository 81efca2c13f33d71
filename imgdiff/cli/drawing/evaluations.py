"""Evaluations drawn in a terminal of 80 columns."""

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from imgdiff.evaluation.edits import EditReport, EditScore
from imgdiff.evaluation.report import Accuracy, Choices, Figure, Report


def draw_report(report: Report, console: Console) -> None:
    """Draw figures or accuracy, what became of the samples, and the speed."""
    first = f" (the first {report.counts.samples} samples)" if report.limit else ""
    console.print(Text(f"{report.model} on {report.benchmark}{first}", style="bold"), soft_wrap=True)
    if report.choices is not None:
        console.print(_choices_table(report.choices))
    if report.figures:
        console.print(_figures_table(report.figures))
    counts = report.counts
    names = {
        "unreadable": counts.unreadable,
        "refused": counts.refused,
        "failed": counts.failed,
        "skipped": counts.skipped,
    }
    rest = "".join(f", {number} {name}" for name, number in names.items() if number)
    console.print(f"{counts.answered} of {counts.samples} answered{rest}", soft_wrap=True)
    if counts.failed:
        console.print("failed requests count as wrong; run the command again to make them again", soft_wrap=True)
    speed = report.speed
    if speed.pairs_per_second is not None:
        console.print(
            f"{speed.pairs_per_second:g} pairs per second ({speed.requests} requests in {speed.seconds:.1f} s, "
            f"{speed.at_once} at once)",
            soft_wrap=True,
        )


def draw_edits(report: EditReport, console: Console) -> None:
    """Draw how often records state their true edits, for each operation."""
    console.print(Text(f"dataset {report.dataset} against its true edits", style="bold"), soft_wrap=True)
    columns = [Column(name, justify="right") for name in ("found", "kind", "nouns", "sentence", "elsewhere")]
    table = Table("operation", *columns)
    for operation, score in report.operations.items():
        table.add_row(operation.value, *_cells(score))
    if len(report.operations) > 1:
        table.add_row("all", *_cells(report.all_edits), style="bold")
    if report.operations:
        console.print(table)
    console.print(
        f"{report.syntheses} of {report.records} records have an exact edit; {report.regenerated} regenerated pairs "
        "and pairs of users are not scored. Nobody has reviewed the records."
    )
    if report.all_edits.given_nouns:
        console.print(f"{report.all_edits.given_nouns} right nouns rest on captions that were given")


def _cells(score: EditScore) -> tuple[str, ...]:
    shares = (score.found, score.kind, score.nouns, score.sentence)
    return *(_share(share) for share in shares), str(score.elsewhere)


def _share(share: Accuracy) -> str:
    return "-" if share.percent is None else f"{share.right}/{share.of} {share.percent:.0f} %"


def _choices_table(choices: Choices) -> Table:
    table = Table("right", Column("of", justify="right"), Column("%", justify="right"))
    rows = {"questions": choices.questions}
    if choices.groups is not None:
        rows["pairs, both questions"] = choices.groups
    for name, share in {**rows, **choices.categories}.items():
        table.add_row(Text(name), f"{share.right}/{share.of}", "-" if share.percent is None else f"{share.percent:.2f}")
    return table


def _figures_table(figures: tuple[Figure, ...]) -> Table:
    table = Table("figure", Column("x 100", justify="right"), Column("comparable", overflow="fold"))
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:.2f}", figure.comparable)
    return table
