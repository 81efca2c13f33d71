"""`imgdiff models`: list, fetch and verify the weight files."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from imgdiff import weights as weight_files
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson
from imgdiff.cli.weight_files import ensure_weights
from imgdiff.errors import NotFound, WeightsCorrupt, WeightsUnavailable
from imgdiff.frozen import Frozen
from imgdiff.weights import ModelStatus

models = typer.Typer(help="Weight files: list, fetch, verify.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Names in the manifest; all without any.")]


class Listed(Frozen):
    """One weight file, as it is printed."""

    name: str
    version: str
    licence: str
    size: int
    present: bool


class Listing(Frozen):
    """All weight files."""

    weights: tuple[Listed, ...]


class Checked(Frozen):
    """The outcome of one digest check."""

    name: str
    right: bool
    detail: str


class Checks(Frozen):
    """All digest checks."""

    right: bool
    weights: tuple[Checked, ...]


@models.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Every weight file: version, licence, size, and whether it is here."""
    output = Output(as_json)
    with reporting(output):
        weights = weight_files.status()
        output.result(_listing(weights), lambda console: _draw(weights, console))


@models.command()
def fetch(names: Names = None, as_json: AsJson = False) -> None:
    """Fetch and verify what is missing. Refused with IMGDIFF_OFFLINE=1."""
    output = Output(as_json)
    with reporting(output):
        wanted = _known(names)
        ensure_weights(output, wanted)
        weights = [weight for weight in weight_files.status() if weight.name in wanted]
        output.result(_listing(weights), lambda console: console.print(f"{len(weights)} weight files are here"))


@models.command()
def verify(names: Names = None, as_json: AsJson = False) -> None:
    """Compare every digest with the manifest's. Ends with 1 when one is wrong or missing."""
    output = Output(as_json)
    with reporting(output):
        wanted = _known(names)
        with output.progress() as progress:
            task = progress.add_task("verifying", total=len(wanted))
            checks = []
            for name in wanted:
                checks.append(_check(name))
                progress.advance(task)
        right = all(check.right for check in checks)
        output.result(Checks(right=right, weights=tuple(checks)), lambda console: _draw_checks(checks, console))
    if not right:
        raise typer.Exit(ExitCode.FAILED)


def _known(names: list[str] | None) -> list[str]:
    """The names asked for, or all; raises NotFound for one that the manifest lacks."""
    manifest = [weight.name for weight in weight_files.status()]
    for name in names or ():
        if name not in manifest:
            raise NotFound(f"no weight file {name!r}; known: {', '.join(manifest)}")
    return names or manifest


def _check(name: str) -> Checked:
    try:
        weight_files.verify(name)
    except (WeightsCorrupt, WeightsUnavailable) as error:
        return Checked(name=name, right=False, detail=error.detail)
    return Checked(name=name, right=True, detail="right")


def _listing(weights: Sequence[ModelStatus]) -> Listing:
    return Listing(
        weights=tuple(
            Listed(name=w.name, version=w.version, licence=w.licence, size=w.size, present=w.present) for w in weights
        )
    )


def _draw(weights: Sequence[ModelStatus], console: Console) -> None:
    table = Table("name", "version", "licence", "MB", "here")
    for weight in weights:
        here = "yes" if weight.present else "no"
        table.add_row(weight.name, weight.version, weight.licence, f"{weight.size / 1e6:.1f}", here)
    console.print(table)


def _draw_checks(checks: Sequence[Checked], console: Console) -> None:
    for check in checks:
        console.print(f"{check.name}: {check.detail}", markup=False, soft_wrap=True)
