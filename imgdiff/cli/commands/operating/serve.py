"""`imgdiff serve`: run the local set."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson
from imgdiff.cli.weight_files import ensure_weights
from imgdiff.local import Layout, Supervisor
from imgdiff.local.openness import INSECURE, allowed_hosts, asks_nobody, require_keys
from imgdiff.local.ports import LOOPBACK, is_loopback, reachable, require_free
from imgdiff.local.programs import local_programs
from imgdiff.local.requirements import require_installed
from imgdiff.local.supervisor import PATIENCE_SECONDS


def serve(
    host: Annotated[str, typer.Option(help="Address for the gateway to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port for the gateway to listen on.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder for all data.")] = Path("data"),
    patience: Annotated[
        float, typer.Option(min=5.0, help="Seconds without an answer after which a process is restarted.")
    ] = PATIENCE_SECONDS,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in without API keys; something else must guard it.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name under which clients reach the gateway; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the gateway, its services, the worker and Redis on this machine until Ctrl-C."""
    layout = Layout(data)
    with reporting(as_json) as output:
        redis_server = require_installed()
        with layout.owned():
            mended = layout.tighten()
            if mended:
                output.note(f"{mended} files and folders in {layout.root} were open to other users; now they are not")
            require_free(host, port)
            if not insecure:
                require_keys(layout, host)
            ensure_weights(output)
            number = reachable(host, port)
            url = _url(number, port)
            opening = allowed_hosts([number, *(allow_host or ())]) | ({INSECURE: "true"} if insecure else {})
            programs = local_programs(layout, redis_server, host, port, opening)
            supervisor = Supervisor(programs, f"{url}/readyz?degraded=false", output.note, patience=patience)
            _run(supervisor, output, url, layout, host)


def _url(number: str, port: int) -> str:
    return f"http://[{number}]:{port}" if ":" in number else f"http://{number}:{port}"


def _run(supervisor: Supervisor, output: Output, url: str, layout: Layout, host: str) -> None:
    with output.progress(auto_refresh=False) as progress:  # a thread would not survive the forks
        progress.add_task(f"starting, logs in {layout.logs}", total=None)

        def on_ready() -> None:
            progress.stop()
            _announce(output, url, layout, supervisor, host)

        supervisor.run(on_ready, progress.refresh)


def _announce(output: Output, url: str, layout: Layout, supervisor: Supervisor, host: str) -> None:
    pids = {child.program.name: child.pid for child in supervisor.children}
    document = {"ready": True, "url": url, "data": str(layout.root), "pid": os.getpid(), "children": {**pids}}
    text = f"imgdiff is ready on {url}; Ctrl-C stops it\n  documentation: {url}/docs\n  data: {layout.root}"
    output.line(document, text)
    if asks_nobody(url):
        whom = "this machine" if is_loopback(host) else "every machine that reaches it"
        output.note(f"  open to everybody on {whom}: there is no API key (`imgdiff keys create` makes one)")
