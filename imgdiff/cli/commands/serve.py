"""`imgdiff serve`: the whole local set until told to stop."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson
from imgdiff.cli.weight_files import ensure_weights
from imgdiff.local import Layout, Supervisor
from imgdiff.local.ports import LOOPBACK, require_free
from imgdiff.local.programs import local_programs
from imgdiff.local.requirements import require_installed

_ANYWHERE = {"0.0.0.0": LOOPBACK, "::": "[::1]"}  # noqa: S104  looked up, never bound


def serve(
    host: Annotated[str, typer.Option(help="Address that the gateway listens on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port that the gateway listens on.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder for everything it keeps.")] = Path("data"),
    as_json: AsJson = False,
) -> None:
    """Run Redis, the three services, the worker and the gateway on this machine until Ctrl-C or SIGTERM."""
    output = Output(as_json)
    layout = Layout(data)
    with reporting(output):
        redis_server = require_installed()
        with layout.owned():
            require_free(host, port)
            ensure_weights(output)
            url = f"http://{_ANYWHERE.get(host, host)}:{port}"
            programs = local_programs(layout, redis_server, host, port)
            supervisor = Supervisor(programs, f"{url}/readyz", output.say)
            _run(supervisor, output, url, layout)


def _run(supervisor: Supervisor, output: Output, url: str, layout: Layout) -> None:
    with output.progress(auto_refresh=False) as progress:  # no thread: children are forked from here
        progress.add_task(f"starting, logs in {layout.logs}", total=None)

        def on_ready() -> None:
            progress.stop()
            _announce(output, url, layout, supervisor)

        supervisor.run(on_ready, progress.refresh)


def _announce(output: Output, url: str, layout: Layout, supervisor: Supervisor) -> None:
    pids = {child.program.name: child.pid for child in supervisor.children}
    document = {"ready": True, "url": url, "data": str(layout.root), "pid": os.getpid(), "children": {**pids}}
    output.line(document, f"imgdiff is ready on {url} (documentation at {url}/docs, everything kept in {layout.root})")
