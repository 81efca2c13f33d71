"""`imgdiff export`: write a dataset to a folder or a file."""

import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, ProgressColumn, TextColumn, TransferSpeedColumn

from imgdiff.buckets.addresses import is_address
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import Client
from imgdiff.client.exports import FORMATS, ExportOptions
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.errors import InvalidRequest
from imgdiff.exports.folders import export_to_folder
from imgdiff.exports.locks import hold_file
from imgdiff.exports.prefixes import export_to_object, export_to_prefix
from imgdiff.exports.receiving import OnBytes, Wanted

_OUTPUT = (
    "Folder, or file that ends in .tar, .zip or .jsonl, or either as s3://BUCKET/PREFIX, with credentials, region and "
    "endpoint from the usual AWS_ variables; default: stdout."
)
Format = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
OutputPath = Annotated[str | None, typer.Option("--output", "-o", help=_OUTPUT)]
Images = Annotated[
    bool | None, typer.Option("--images/--no-images", help="With the images or without; the format's default.")
]
Verdict = Annotated[str | None, typer.Option(help="Only records with this verdict.")]
Change = Annotated[str | None, typer.Option(help="Only records with a region of this change.")]
Label = Annotated[str | None, typer.Option(help="Only records with a region of this label.")]
MinConfidence = Annotated[float | None, typer.Option(help="Least confidence in the verdict, 0 to 1.")]
IncludeRejected = Annotated[bool | None, typer.Option("--include-rejected", help="Also what reviewers rejected.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many records, the oldest ones.")]
Version = Annotated[str | None, typer.Option(help="The records of this frozen version.")]
Balance = Annotated[str | None, typer.Option(help="Choose equally many of each `change`, `label` or `replacement`.")]
SampleSize = Annotated[int | None, typer.Option(min=1, help="So many records, chosen at random.")]
PerGroup = Annotated[int | None, typer.Option(min=1, help="Most records of each group of --balance.")]
SampleSeed = Annotated[int | None, typer.Option(help="Another number chooses another sample.")]
_CONTAINERS = {".tar": "tar", ".zip": "zip"}


def export(  # noqa: PLR0913  one parameter an option
    dataset: Annotated[str, typer.Argument(help="Name of the dataset.")],
    *,
    format_: Format = "jsonl",
    output_path: OutputPath = None,
    images: Images = None,
    verdict: Verdict = None,
    change: Change = None,
    label: Label = None,
    min_confidence: MinConfidence = None,
    include_rejected: IncludeRejected = None,
    version: Version = None,
    limit: Limit = None,
    sample: SampleSize = None,
    balance: Balance = None,
    per_group: PerGroup = None,
    sample_seed: SampleSeed = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Export the records of a dataset, with their images where the format has them.

    A folder that was interrupted goes on when the command is run again, also in a bucket.
    """
    options: ExportOptions = {"images": images, "version": version, "limit": limit, "min_confidence": min_confidence}
    options |= {"verdict": verdict, "change": change, "label": label, "include_rejected": include_rejected}
    options |= {"sample": sample, "balance": balance, "per_group": per_group, "sample_seed": sample_seed}
    with session(url, as_json) as (client, output):
        if output_path is None:
            for piece in client.export(dataset, format_, **options):
                sys.stdout.buffer.write(piece)
            return
        _write_to(client, output, Wanted(dataset, format_, options), output_path)


def _write_to(client: Client, output: Output, wanted: Wanted, path: str) -> None:
    document: dict[str, object] = {"dataset": wanted.dataset, "format": wanted.format, "path": path}
    if PurePosixPath(path).suffix in (*_CONTAINERS, ".jsonl"):
        document["bytes"] = size = _to_file(client, output, wanted, path)
        output.line(document, f"{path}: {size} bytes")
    else:
        document["files"] = count = _to_folder(client, output, wanted, path)
        output.line(document, f"{path}: {count} file{'s' if count != 1 else ''}")


def _columns() -> tuple[ProgressColumn, ...]:
    return TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn()


def _to_folder(client: Client, output: Output, wanted: Wanted, path: str) -> int:
    with output.progress(*_columns()) as progress:
        task = progress.add_task(f"exporting {wanted.dataset}", total=None)

        def on_bytes(received: int, expected: int) -> None:
            progress.update(task, completed=received, total=_total(received, expected))

        if is_address(path):
            return export_to_prefix(client, wanted, path, on_bytes)
        return export_to_folder(client, wanted.dataset, wanted.format, Path(path), wanted.options, on_bytes)


def _total(received: int, expected: int) -> int | None:
    """The total of a bar; None without an estimate."""
    return max(received, expected) if expected else None


def _to_file(client: Client, output: Output, wanted: Wanted, path: str) -> int:
    chosen: ExportOptions = {**wanted.options, "container": _CONTAINERS.get(PurePosixPath(path).suffix)}
    opened = client.open_export(wanted.dataset, wanted.format, **chosen)
    with output.progress(*_columns()) as progress, opened as stream:
        task = progress.add_task(f"exporting {wanted.dataset}", total=_total(0, stream.image_bytes))

        def on_bytes(received: int, _: int) -> None:
            progress.update(task, completed=received, total=_total(received, stream.image_bytes))

        if is_address(path):
            return export_to_object(stream.chunks, path, stream.image_bytes, on_bytes)
        return _write(stream.chunks, Path(path), on_bytes)


def _write(pieces: Iterator[bytes], path: Path, on_bytes: OnBytes) -> int:
    """Write beside the target and move the file into place, so that a failed export leaves no partial file."""
    partial = path.with_name(path.name + ".partial")
    try:
        with hold_file(partial) as descriptor:
            try:
                received = _write_all(pieces, descriptor, on_bytes)
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror or error}") from error
    return received


def _write_all(pieces: Iterator[bytes], descriptor: int, on_bytes: OnBytes) -> int:
    received = 0
    with open(descriptor, "wb", closefd=False) as file:
        for piece in pieces:
            received += file.write(piece)
            on_bytes(received, 0)
    return received
