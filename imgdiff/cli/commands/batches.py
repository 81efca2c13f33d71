"""`imgdiff batches`: list batches, cancel or delete one, print what became of its lines."""

from itertools import islice
from typing import Annotated

import typer

from imgdiff.cli.batches.watching import describe
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client.settings import DEFAULT_URL

batches = typer.Typer(help="List batches, cancel or delete one, print what became of its lines.", no_args_is_help=True)
BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="Id of a batch, bat_...")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Most batches to list.")]


@batches.command("list")
def list_batches(limit: Limit = 20, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """List batches, newest first."""
    with session(url, as_json) as (client, output):
        for one in islice(client.batches.list(), limit):
            output.line(one, f"{one.id} {one.state}: {describe(one.counts, 0.0)}")


@batches.command()
def cancel(batch: BatchId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Cancel a batch; lines that have ended keep their output."""
    with session(url, as_json) as (client, output):
        one = client.batches.cancel(batch)
        output.line(one, f"{one.id} {one.state}: {describe(one.counts, 0.0)}")


@batches.command()
def delete(batch: BatchId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Delete a batch that has ended, with its output and errors; its jobs and records stay."""
    with session(url, as_json) as (client, output):
        client.batches.delete(batch)
        output.line({"id": batch, "deleted": True}, f"{batch} deleted")


@batches.command("output")
def print_output(batch: BatchId, url: Url = DEFAULT_URL) -> None:
    """Print the finished lines of a batch as JSON lines."""
    with session(url, as_json=True) as (client, output):
        for line in client.batches.output(batch):
            output.line(line, "")


@batches.command("errors")
def print_errors(batch: BatchId, url: Url = DEFAULT_URL) -> None:
    """Print the lines of a batch that have an error as JSON lines."""
    with session(url, as_json=True) as (client, output):
        for line in client.batches.errors(batch):
            output.line(line, "")
