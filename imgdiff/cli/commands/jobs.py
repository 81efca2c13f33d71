"""`imgdiff jobs`: list, show, cancel and watch."""

from itertools import islice
from typing import Annotated

import typer

from imgdiff.cli.drawing.records import draw_job, event_line, job_line
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.client.transport.failures import require_success
from imgdiff.jobs import Job

jobs = typer.Typer(help="List, show, cancel and watch jobs.", no_args_is_help=True)
JobId = Annotated[str, typer.Argument(help="Id of the job, job_...")]
_PAGE = 100  # the largest page that the gateway serves


@jobs.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="Most jobs to list.")] = 20,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs, one per line."""
    with session(url, as_json) as (client, output):
        for job in islice(client.jobs(page_size=min(limit, _PAGE)), limit):
            output.line(job, job_line(job, output.width))


@jobs.command()
def show(job_id: JobId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Show a job and its records."""
    with session(url, as_json) as (client, output):
        _result(output, client.job(job_id))


@jobs.command()
def cancel(job_id: JobId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Cancel a job."""
    with session(url, as_json) as (client, output):
        _result(output, client.cancel(job_id))


@jobs.command()
def watch(job_id: JobId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Print a job's events, one per line, until it ends."""
    with session(url, as_json) as (client, output):
        for event in client.events(job_id):
            output.line(event, event_line(event))
        require_success(client.job(job_id))


def _result(output: Output, job: Job) -> None:
    output.result(job, lambda console: draw_job(job, console))
