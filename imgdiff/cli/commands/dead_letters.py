"""`imgdiff dead-letters`: what was given up after too many attempts or deaths, to be replayed or discarded."""

from itertools import islice
from typing import Annotated

import typer

from imgdiff.cli.drawing.records import job_line
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.jobs import DeadLetter

dead_letters = typer.Typer(
    help="List what was given up after too many attempts or deaths, replay or discard it.", no_args_is_help=True
)
LetterId = Annotated[str, typer.Argument(metavar="LETTER", help="Id of a dead letter, dlt_...")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Most dead letters to list.")]


@dead_letters.command("list")
def list_dead_letters(limit: Limit = 20, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """List dead letters, newest first, with their cause."""
    with session(url, as_json) as (client, output):
        for one in islice(client.dead_letters(), limit):
            output.line(one, _line(one))


@dead_letters.command()
def replay(letter: LetterId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Submit the request again as a new job, with the same seed and donors."""
    with session(url, as_json) as (client, output):
        job = client.replay(letter)
        output.line(job, job_line(job))


@dead_letters.command()
def discard(letter: LetterId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Take a dead letter off the list; its job stays."""
    with session(url, as_json) as (client, output):
        client.discard(letter)
        output.line({"id": letter, "discarded": True}, f"{letter} discarded")


def _line(letter: DeadLetter) -> str:
    again = f", replayed as {letter.replayed_as}" if letter.replayed_as else ""
    return f"{letter.id} {letter.job} {letter.error.detail}{again}"
