"""`imgdiff demo`: start the local set, describe an example pair, make one synthesis, and stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from imgdiff.cli.drawing.records import draw_job, draw_record, event_line
from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson
from imgdiff.cli.weight_files import ensure_weights
from imgdiff.client import Client
from imgdiff.client.transport.failures import require_success
from imgdiff.errors import JobFailed, NotFound, ServiceUnavailable
from imgdiff.jobs import Job
from imgdiff.local.child import die_with
from imgdiff.local.ports import free_ports
from imgdiff.local.requirements import require_installed
from imgdiff.rules.thresholds import DUPLICATE

_STOP_SECONDS = 30  # more than twice what the supervisor gives its children
_WAIT_SECONDS = 300.0  # for one job; both take seconds on two idle cores
_SEED = 7  # any seed does
_AGAIN = {DUPLICATE: 1.0}  # the folder may hold the records of an earlier demo


def demo(
    data: Annotated[Path, typer.Option(help="Folder for all data.")] = Path(".demo"),
    keep: Annotated[bool, typer.Option("--keep", help="Keep the local set running until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the local set, describe an example pair, make one synthesis, and stop."""
    started = time.monotonic()
    with reporting(as_json) as output:
        before, after, photo = (_example(name) for name in ("before.jpg", "after.jpg", "photo.jpg"))
        require_installed()
        ensure_weights(output)
        output.note("starting Redis, detection, captioning, editing, worker and gateway")
        with _served(data, output) as url, Client(url) as client:
            output.note(f"ready on {url} after {time.monotonic() - started:.1f} s")
            shown = {"comparison": _compare(client, output, (before, after), data / "comparison.png")}
            shown["synthesis"] = _synthesize(client, output, photo, data / "synthesis.png")
            if keep:
                output.note(f"the local set keeps running on {url}; Ctrl-C stops it")
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
        seconds = round(time.monotonic() - started, 1)
        if output.as_json:
            output.result({**shown, "seconds": seconds}, lambda _: None)
        output.note(f"everything is stopped after {seconds} s")


def _example(name: str) -> Path:
    """An example image, looked for beside the package and then in the current folder."""
    for folder in (Path(__file__).parents[3] / "examples", Path("examples")):
        if (folder / name).is_file():
            return folder / name
    raise NotFound(f"examples/{name} was not found; run the demo in a clone of the repository")


@contextmanager
def _served(data: Path, output: Output) -> Iterator[str]:
    """A local set on a free port: yields its URL and stops it at the end, also after SIGTERM."""
    (port,) = free_ports(1)
    command = [sys.executable, "-P", "-m", "imgdiff.cli", "serve", "--port", str(port), "--data", str(data), "--json"]
    parent = os.getpid()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    process = subprocess.Popen(  # noqa: S603  our own command
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: die_with(parent),  # noqa: PLW1509  no thread runs yet
    )
    try:
        with output.progress() as progress:
            progress.add_task("starting", total=None)
            url = _ready_url(process)
        yield url
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)
        signal.signal(signal.SIGTERM, before)


def _ready_url(process: subprocess.Popen[str]) -> str:
    """The URL in the set's first line; raises ServiceUnavailable with what it prints instead."""
    line = process.stdout.readline() if process.stdout is not None else ""
    if '"ready": true' in line:
        url: str = json.loads(line)["url"]
        return url
    rest = process.stdout.read() if process.stdout is not None else ""
    try:
        detail: str = json.loads(line + rest)["detail"]
    except (ValueError, KeyError, TypeError):
        detail = line + rest
    raise ServiceUnavailable(f"the local set did not start: {detail}")


def _compare(client: Client, output: Output, pair: tuple[Path, Path], picture: Path) -> JsonValue:
    output.note(f"\ncomparing {pair[0].name}, a photo, with {pair[1].name}, a copy with a second cup")
    job = _followed(client, output, client.submit(*pair))
    record = job.records[0]
    picture.write_bytes(client.preview(record.id))
    if not output.as_json:
        draw_record(record, output.results)
    output.note(f"annotated picture: {picture}")
    document: JsonValue = {"record": record.model_dump(mode="json"), "preview": str(picture)}
    return document


def _synthesize(client: Client, output: Output, photo: Path, picture: Path) -> JsonValue:
    output.note(f"\nremoving an object from {photo.name}")
    job = _followed(client, output, client.submit_synthesis("remove", photo, seed=_SEED, thresholds=_AGAIN))
    if not output.as_json:
        draw_job(job, output.results)
    if not job.records:
        raise JobFailed(f"{job.id} made no record")
    picture.write_bytes(client.preview(job.records[0].id))
    output.note(f"annotated picture: {picture}")
    document: JsonValue = {"job": job.model_dump(mode="json"), "preview": str(picture)}
    return document


def _followed(client: Client, output: Output, job: Job) -> Job:
    """Wait for the job to succeed, printing a line for each event."""
    ended = client.wait(
        job.id, wait_seconds=_WAIT_SECONDS, on_event=lambda event: output.note(f"  {event_line(event)}")
    )
    return require_success(ended)
