"""`imgdiff models`: list, fetch and verify the weight files, and the large models of the backends."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from imgdiff import weights as weight_files
from imgdiff.cli.drawing.backends import draw_backends
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.cli.hub_models import backend_table, fetch_with_bars, names_on_hub
from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson
from imgdiff.cli.weight_files import ensure_weights
from imgdiff.errors import NotFound, WeightsCorrupt, WeightsUnavailable
from imgdiff.frozen import Frozen
from imgdiff.jobs import StageName
from imgdiff.weights import ModelStatus

models = typer.Typer(help="List, fetch and verify weight files; list and fetch large models.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Names of weight files; default: all.", show_default=False)]
Services = Annotated[
    list[StageName] | None,
    typer.Option("--service", metavar="SERVICE", help="Only what this service reads; may be repeated."),
]
Backends = Annotated[
    list[str] | None,
    typer.Option("--backend", metavar="NAME", help="A backend or model of `imgdiff models backends`; may be repeated."),
]
Others = Annotated[
    list[str] | None,
    typer.Option("--hub", metavar="OWNER/NAME[@REVISION]", help="Any other model of the hub; may be repeated."),
]


class Fetched(Frozen):
    """Folders of the models that were fetched from the hub."""

    folders: tuple[str, ...]


class Listing(Frozen):
    """All weight files."""

    weights: list[ModelStatus]


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
    """List the weight files with service, version, licence and size."""
    with reporting(as_json) as output:
        weights = weight_files.status()
        output.result(Listing(weights=weights), lambda console: _draw(weights, console))


@models.command("backends")
def list_backends(as_json: AsJson = False) -> None:
    """List the large models: hub name, size, licence, memory, and whether this machine can run them."""
    with reporting(as_json) as output:
        table = backend_table()
        output.result(table, lambda console: draw_backends(table, console))


@models.command()
def fetch(
    names: Names = None, service: Services = None, backend: Backends = None, hub: Others = None, as_json: AsJson = False
) -> None:
    """Fetch the missing weight files, or the models of backends from the hub; both resume after a cut.

    IMGDIFF_OFFLINE=1 forbids it; HF_TOKEN names a token for gated models, HF_HOME another folder.
    """
    with reporting(as_json) as output:
        if backend or hub:
            folders = tuple(map(str, fetch_with_bars(output, names_on_hub(backend or (), hub or ()))))
            output.result(Fetched(folders=folders), lambda console: _draw_folders(folders, console))
        if names or service or not (backend or hub):
            _fetch_weights(output, names or (), service or ())


@models.command()
def verify(names: Names = None, as_json: AsJson = False) -> None:
    """Check the digest of every weight file. Exit code 1 when one is wrong or missing."""
    with reporting(as_json) as output:
        wanted = _known(names or ())
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


def _fetch_weights(output: Output, names: Sequence[str], services: Sequence[StageName]) -> None:
    needed = [name for one in services for name in weight_files.names_for(one)]
    wanted = _known([*names, *needed])
    ensure_weights(output, wanted)
    weights = [weight for weight in weight_files.status() if weight.name in wanted]
    output.result(Listing(weights=weights), lambda console: console.print(f"weight files present: {len(weights)}"))


def _known(names: Sequence[str]) -> list[str]:
    """The requested names, or all of them; raises NotFound for one that the manifest lacks."""
    manifest = [weight.name for weight in weight_files.status()]
    for name in names:
        if name not in manifest:
            raise NotFound(f"no weight file {name!r}; known: {', '.join(manifest)}")
    return [name for name in manifest if name in names] or manifest


def _check(name: str) -> Checked:
    try:
        weight_files.verify(name)
    except (WeightsCorrupt, WeightsUnavailable) as error:
        return Checked(name=name, right=False, detail=error.detail)
    return Checked(name=name, right=True, detail="ok")


def _draw(weights: Sequence[ModelStatus], console: Console) -> None:
    table = Table(Column("name", no_wrap=True), "services", "version", "licence", "MB", "present")
    for weight in weights:
        present = "yes" if weight.present else "no"
        services = ", ".join(weight.services)
        table.add_row(weight.name, services, weight.version, weight.licence, f"{weight.size / 1e6:.1f}", present)
    console.print(table)


def _draw_checks(checks: Sequence[Checked], console: Console) -> None:
    for check in checks:
        console.print(f"{check.name}: {check.detail}", markup=False, soft_wrap=True)


def _draw_folders(folders: Sequence[str], console: Console) -> None:
    for folder in folders:
        console.print(folder, markup=False, soft_wrap=True)
