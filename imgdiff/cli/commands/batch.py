"""`imgdiff batch`: send a manifest as one batch and follow it; run again, it goes on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn

from imgdiff.batches.documents import Batch, BatchState
from imgdiff.cli.batches.dataset_rows import Selection
from imgdiff.cli.batches.manifests import HELP, Manifest, open_manifest
from imgdiff.cli.batches.preparing import prepare
from imgdiff.cli.batches.progress_file import BatchFolder
from imgdiff.cli.batches.watching import describe, watch
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import Client
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.errors import Conflict, InvalidRequest, NotFound

Source = Annotated[str, typer.Argument(metavar="MANIFEST", help=HELP)]
_OF = "of a dataset of Hugging Face"
Config = Annotated[str | None, typer.Option("--config", help=f"Configuration {_OF} that has several.")]
Split = Annotated[str | None, typer.Option("--split", help=f"Split {_OF} that has several.")]
Column1 = Annotated[str | None, typer.Option("--image1", help=f"Column {_OF}; default: image1, before or A.")]
Column2 = Annotated[str | None, typer.Option("--image2", help=f"Column {_OF}; default: image2, after or B.")]
IdColumn = Annotated[str | None, typer.Option("--custom-id", help=f"Column {_OF}; default: custom_id or id.")]
Target = Annotated[str | None, typer.Option("--dataset", help="Dataset of lines that name none; default: default.")]
Restart = Annotated[bool, typer.Option("--restart", help="Begin a new batch, whatever an earlier run left.")]
Results = Annotated[Path | None, typer.Option("--output", "-o", help="File for the finished lines, as JSON lines.")]
Errors = Annotated[Path | None, typer.Option("--errors", help="File for the lines with errors, as JSON lines.")]


def batch(  # noqa: PLR0913  one parameter an option
    manifest: Source,
    *,
    dataset: Target = None,
    config: Config = None,
    split: Split = None,
    image1: Column1 = None,
    image2: Column2 = None,
    custom_id: IdColumn = None,
    output_path: Results = None,
    errors_path: Errors = None,
    restart: Restart = False,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Send many pairs as one batch, which waits behind single requests, and follow it to its end.

    Interrupted, it goes on when it is run again: it remembers in MANIFEST.batch what it has sent.

    A batch that the gateway has whole goes on there in any case; `imgdiff batches cancel` stops it.
    """
    with (
        session(url, as_json) as (client, output),
        _opened(output, manifest, Selection(config, split, image1, image2, custom_id)) as opened,
    ):
        folder = BatchFolder.open(opened, client.url, dataset, restart=restart)
        try:
            sent = _send(client, output, opened, folder)
            ended = watch(client, output, sent, dataset or "default")
        except KeyboardInterrupt:
            known = f"{folder.progress.batch} goes on; run the command again to follow it"
            output.note(known if folder.progress.sent else "run it again to go on")
            raise
        _write(output_path, client.batches.output(ended.id))
        _write(errors_path, client.batches.errors(ended.id))
        output.result(ended, lambda console: _draw(ended, folder, console))
    if ended.counts.completed < ended.counts.total or folder.progress.skipped:
        raise typer.Exit(ExitCode.FAILED)


@contextmanager
def _opened(output: Output, source: str, selection: Selection) -> Iterator[Manifest]:
    with ExitStack() as stack:
        with output.progress() as progress:
            progress.add_task("reading the manifest", total=None)
            manifest = stack.enter_context(open_manifest(source, selection))
        yield manifest


def _send(client: Client, output: Output, manifest: Manifest, folder: BatchFolder) -> Batch:
    """The batch at the gateway, with all that was not sent by an earlier run."""
    batch = _begin(client, output, folder)
    if folder.progress.sent:
        return batch
    with output.progress() as progress:
        task = progress.add_task("uploading images", total=None)

        def on_requests(count: int) -> None:
            progress.update(task, completed=count, description=f"uploading images: {count} pairs ready")
            _require_open(client.batches.append(batch.id, folder.requests))

        prepare(client, manifest, folder, on_requests)
    if not folder.progress.requests:
        _discard(client, batch.id)
        raise InvalidRequest(f"{manifest.name} has no line that can be sent; {folder.left_out} says why")
    size = folder.requests.stat().st_size
    with output.progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()) as bar:
        sending = bar.add_task("sending requests", total=size)
        whole = client.batches.create(
            folder.requests, resume=batch.id, on_bytes=lambda stored: bar.update(sending, completed=stored)
        )
    folder.save(sent=whole.state is not BatchState.CANCELLED)
    return whole


def _begin(client: Client, output: Output, folder: BatchFolder) -> Batch:
    """The batch of an earlier run, or one that is opened before any image is sent, so that the gateway keeps them."""
    if folder.replaced is not None:
        _discard(client, folder.replaced)
    known, sent = folder.progress.batch, folder.progress.sent
    if known is not None:
        try:
            batch = client.batches.get(known)
        except NotFound as error:
            if sent:
                raise NotFound(f"{error.detail} any more; --restart sends the manifest again") from error
        else:
            if sent or batch.state is not BatchState.CANCELLED:
                return batch
        output.note(f"{known} was cancelled before it had all requests; all images are sent again for a new batch")
        folder.begin_anew()
    batch = client.batches.open(key=folder.progress.key)
    folder.save(batch=batch.id)
    return batch


def _require_open(batch: Batch) -> None:
    if batch.state is BatchState.CANCELLED:
        raise Conflict(f"{batch.id} was cancelled meanwhile; run the command again for a new batch")


def _discard(client: Client, batch_id: str) -> None:
    """Delete a batch if it never had all of its requests."""
    with suppress(NotFound):
        if client.batches.get(batch_id).started_at is None:
            client.batches.cancel(batch_id)
            client.batches.delete(batch_id)


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
