"""`imgdiff doctor`: check this machine for the local set."""

import platform
import sys
from collections.abc import Iterator
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from imgdiff.backends.machine import find_gpus
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url
from imgdiff.cli.weight_files import weights_state
from imgdiff.client import Client
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.errors import Conflict
from imgdiff.frozen import Frozen
from imgdiff.local.ports import LOOPBACK, require_free
from imgdiff.local.requirements import EXTRAS, INSTALL, NO_REDIS, missing, redis_server

State = Literal["ok", "note", "lacking"]
_COLOURS: dict[State, str] = {"ok": "green", "note": "yellow", "lacking": "red"}


class Finding(Frozen):
    """The result of one check; a `note` does not keep the local set from running."""

    what: str
    state: State
    detail: str


class Examination(Frozen):
    """The results of all checks."""

    healthy: bool
    findings: tuple[Finding, ...]


def doctor(
    url: Url = DEFAULT_URL,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port that `imgdiff serve` will use.")] = 8000,
    as_json: AsJson = False,
) -> None:
    """Check whether this machine can run the local set. Exit code 1 when something is missing."""
    output = Output(as_json)
    with output.progress() as progress:
        progress.add_task("checking", total=None)
        findings = tuple(_examine(url, port))
    healthy = all(finding.state != "lacking" for finding in findings)
    output.result(Examination(healthy=healthy, findings=findings), lambda console: _draw(findings, console))
    if any(missing(extra) for extra in EXTRAS):
        output.note(f"To install what is missing: {INSTALL}")
    if not healthy:
        raise typer.Exit(ExitCode.FAILED)


def _examine(url: str, port: int) -> Iterator[Finding]:
    yield _python()
    for extra in EXTRAS:
        lacking = missing(extra)
        yield _finding(f"extra {extra}", not lacking, "installed", f"not installed: {', '.join(lacking)}")
    yield _redis()
    healthy, detail = weights_state()
    yield _finding("weights", healthy, detail, detail)
    yield _gpu()
    yield from _server(url, port)


def _python() -> Finding:
    version = platform.python_version()
    tested = (3, 11) <= sys.version_info[:2] <= (3, 13)
    detail = version if tested else f"{version}; the local set is tested on 3.11, 3.12 and 3.13"
    return Finding(what="python", state="ok" if tested else "note", detail=detail)


def _redis() -> Finding:
    server = redis_server()
    if server is None:
        return Finding(what="redis-server", state="lacking", detail=NO_REDIS)
    if server.advice is not None:
        return Finding(what="redis-server", state="note", detail=f"{server}: {server.advice}")
    return Finding(what="redis-server", state="ok", detail=str(server))


def _gpu() -> Finding:
    """The default backends need none."""
    found = ", ".join(f"{gpu.name}, {gpu.free_gb:.0f} of {gpu.total_gb:.0f} GB free" for gpu in find_gpus())
    if not found:
        return Finding(what="GPU", state="ok", detail="none found; the default backends need none")
    return Finding(what="GPU", state="ok", detail=f"{found}; `imgdiff models backends` lists what it runs")


def _server(url: str, port: int) -> Iterator[Finding]:
    with Client(url) as client:
        ready = client.ready()
        taking = ready or client.ready(degraded=True)
    yield Finding(what="gateway", state="ok" if ready else "note", detail=_tell_readiness(url, ready, taking))
    try:
        require_free(LOOPBACK, port)
    except Conflict:
        detail = "in use, probably by the gateway" if taking else "in use; choose another with `imgdiff serve --port`"
        yield Finding(what=f"port {port}", state="note", detail=detail)
    else:
        yield Finding(what=f"port {port}", state="ok", detail="free")


def _tell_readiness(url: str, ready: bool, taking: bool) -> str:
    if ready:
        return f"ready on {url}"
    if taking:
        return f"takes jobs on {url}, but they wait: {url}/readyz says for what"
    return f"not ready on {url}; `imgdiff serve` starts one"


def _finding(what: str, good: bool, detail: str, otherwise: str) -> Finding:
    return Finding(what=what, state="ok" if good else "lacking", detail=detail if good else otherwise)


def _draw(findings: tuple[Finding, ...], console: Console) -> None:
    table = Table("what", "state", Column("detail", overflow="fold"))  # a path is to be copied
    for finding in findings:
        table.add_row(finding.what, f"[{_COLOURS[finding.state]}]{finding.state}[/]", Text(finding.detail))
    console.print(table)
