"""`imgdiff batch`: send a manifest as one batch and follow it; run again, it goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn

from imgdiff.batches.documents import Batch
from imgdiff.cli.batches.manifests import HELP, Manifest
from imgdiff.cli.batches.preparing import prepare
from imgdiff.cli.batches.progress_file import BatchFolder
from imgdiff.cli.batches.watching import describe, watch
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import Client
from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.settings import DEFAULT_URL

Source = Annotated[Path, typer.Argument(help=HELP, exists=True)]
Target = Annotated[str | None, typer.Option("--dataset", help="Dataset of lines that name none; default: default.")]
Restart = Annotated[bool, typer.Option("--restart", help="Begin a new batch, whatever an earlier run left.")]
Results = Annotated[Path | None, typer.Option("--output", "-o", help="File for the finished lines, as JSON lines.")]
Errors = Annotated[Path | None, typer.Option("--errors", help="File for the lines with errors, as JSON lines.")]


def batch(
    manifest: Source,
    *,
    dataset: Target = None,
    output_path: Results = None,
    errors_path: Errors = None,
    restart: Restart = False,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Send many pairs as one batch, which waits behind single requests, and follow it to its end.

    Interrupted, it goes on when it is run again: it remembers in MANIFEST.batch what it has sent.

    A batch that the gateway has goes on there in any case; `imgdiff batches cancel` stops it.
    """
    with session(url, as_json) as (client, output):
        opened = Manifest.open(manifest)
        folder = BatchFolder.open(opened, client.url, dataset, restart=restart)
        try:
            sent = _send(client, output, opened, folder)
            ended = watch(client, output, sent, dataset or "default")
        except KeyboardInterrupt:
            known = folder.progress.batch
            output.note(f"{known} goes on; run the command again to follow it" if known else "run it again to go on")
            raise
        _write(output_path, client.batches.output(ended.id))
        _write(errors_path, client.batches.errors(ended.id))
        output.result(ended, lambda console: _draw(ended, folder, console))
    if ended.counts.completed < ended.counts.total or folder.progress.skipped:
        raise typer.Exit(ExitCode.FAILED)


def _send(client: Client, output: Output, manifest: Manifest, folder: BatchFolder) -> Batch:
    """The batch at the gateway, with all that was not sent by an earlier run."""
    if folder.progress.batch is not None:
        try:
            return client.batches.get(folder.progress.batch)
        except NotFound as error:
            raise NotFound(f"{error.detail}; --restart sends the manifest again as a new one") from error
    with output.progress() as progress:
        task = progress.add_task("uploading images", total=None)

        def on_requests(count: int) -> None:
            progress.update(task, completed=count, description=f"uploading images: {count} pairs ready")

        prepare(client, manifest, folder, on_requests)
    if not folder.progress.requests:
        raise InvalidRequest(f"{manifest.path} has no line that can be sent; {folder.left_out} says why")
    size = folder.requests.stat().st_size
    with output.progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()) as bar:
        sending = bar.add_task("sending requests", total=size)
        sent = client.batches.create(
            folder.requests, key=folder.progress.key, on_bytes=lambda stored: bar.update(sending, completed=stored)
        )
    folder.save(batch=sent.id)
    return sent


def _write(path: Path | None, lines: Iterator[BaseModel]) -> None:
    """Write beside the target and move the file into place."""
    if path is None:
        return
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(f"{line.model_dump_json()}\n" for line in lines)
        partial.replace(path)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _draw(ended: Batch, folder: BatchFolder, console: Console) -> None:
    console.print(f"{ended.id} {ended.state}: {describe(ended.counts, 0.0)}", markup=False, soft_wrap=True)
    for error in ended.errors:
        name = f"line {error.line} ({error.custom_id})" if error.custom_id else f"line {error.line}"
        console.print(f"  {name}: {error.error.detail}", markup=False, soft_wrap=True)
    more = ended.counts.failed + ended.counts.rejected - len(ended.errors)
    if more > 0:
        console.print(f"  and {more} more; --errors FILE writes all", markup=False)
    if folder.progress.skipped:
        text = f"{folder.progress.skipped} lines of the manifest were left out; {folder.left_out} says why"
        console.print(text, markup=False, soft_wrap=True)
