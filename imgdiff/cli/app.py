"""The command and its subcommands."""

from typing import Annotated

import typer

from imgdiff import __version__
from imgdiff.cli.commands.batch import batch
from imgdiff.cli.commands.batches import batches
from imgdiff.cli.commands.compare import compare
from imgdiff.cli.commands.datasets import datasets
from imgdiff.cli.commands.dead_letters import dead_letters
from imgdiff.cli.commands.donors import donors
from imgdiff.cli.commands.eval import EPILOG, evaluate
from imgdiff.cli.commands.export import export
from imgdiff.cli.commands.funnel import funnel
from imgdiff.cli.commands.jobs import jobs
from imgdiff.cli.commands.operating.demo import demo
from imgdiff.cli.commands.operating.doctor import doctor
from imgdiff.cli.commands.operating.keys import PASSED_ON, keys
from imgdiff.cli.commands.operating.models import models
from imgdiff.cli.commands.operating.serve import serve
from imgdiff.cli.commands.platforms.label_studio import label_studio
from imgdiff.cli.commands.platforms.mcp import mcp
from imgdiff.cli.commands.synthesize import synthesize
from imgdiff.cli.commands.webhooks import webhooks
from imgdiff.cli.exit_codes import epilog

app = typer.Typer(no_args_is_help=True, epilog=epilog(), pretty_exceptions_show_locals=False)
app.command()(serve)
app.command()(compare)
app.command()(synthesize)
app.command()(batch)
app.add_typer(batches, name="batches")
app.add_typer(jobs, name="jobs")
app.add_typer(dead_letters, name="dead-letters")
app.command()(funnel)
app.command()(export)
app.command("eval", epilog=EPILOG)(evaluate)
app.add_typer(datasets, name="datasets")
app.add_typer(donors, name="donors")
app.add_typer(webhooks, name="webhooks")
app.add_typer(models, name="models")
app.command(context_settings=PASSED_ON)(keys)
app.command()(mcp)
app.command()(label_studio)
app.command()(doctor)
app.command()(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def imgdiff(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Report where two images differ and what changed, in boxes and sentences with their evidence."""
