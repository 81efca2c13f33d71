"""`imgdiff export`: write a dataset to a folder or a file."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, ProgressColumn, TextColumn, TransferSpeedColumn

from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import Client
from imgdiff.client.exports import FORMATS, ExportOptions
from imgdiff.errors import InvalidRequest
from imgdiff.exports.folders import OnBytes, export_to_folder
from imgdiff.settings import DEFAULT_URL

_OUTPUT = "Folder, or file that ends in .tar, .zip or .jsonl; default: stdout."
Format = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
OutputPath = Annotated[Path | None, typer.Option("--output", "-o", help=_OUTPUT)]
Images = Annotated[
    bool | None, typer.Option("--images/--no-images", help="With the images or without; the format's default.")
]
Verdict = Annotated[str | None, typer.Option(help="Only records with this verdict.")]
Change = Annotated[str | None, typer.Option(help="Only records with a region of this change.")]
Label = Annotated[str | None, typer.Option(help="Only records with a region of this label.")]
MinConfidence = Annotated[float | None, typer.Option(help="Least confidence in the verdict, 0 to 1.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many records, the oldest ones.")]
Version = Annotated[str | None, typer.Option(help="The records of this frozen version.")]
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
    version: Version = None,
    limit: Limit = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Export the records of a dataset, with their images where the format has them.

    A folder that was interrupted goes on when the command is run again.
    """
    options: ExportOptions = {
        "images": images,
        "verdict": verdict,
        "change": change,
        "label": label,
        "min_confidence": min_confidence,
        "version": version,
        "limit": limit,
    }
    with session(url, as_json) as (client, output):
        if output_path is None:
            for piece in client.export(dataset, format_, **options):
                sys.stdout.buffer.write(piece)
            return
        document: dict[str, object] = {"dataset": dataset, "format": format_, "path": str(output_path)}
        if output_path.suffix in (*_CONTAINERS, ".jsonl"):
            document["bytes"] = size = _to_file(client, output, dataset, format_, output_path, options)
            output.line(document, f"{output_path}: {size} bytes")
        else:
            document["files"] = count = _to_folder(client, output, dataset, format_, output_path, options)
            output.line(document, f"{output_path}: {count} file{'s' if count != 1 else ''}")


def _columns() -> tuple[ProgressColumn, ...]:
    return TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn()


def _to_folder(client: Client, output: Output, dataset: str, format_: str, folder: Path, options: ExportOptions) -> int:
    with output.progress(*_columns()) as progress:
        task = progress.add_task(f"exporting {dataset}", total=None)

        def on_bytes(received: int, expected: int) -> None:
            progress.update(task, completed=received, total=max(received, expected) or None)

        return export_to_folder(client, dataset, format_, folder, options, on_bytes)


def _to_file(client: Client, output: Output, dataset: str, format_: str, path: Path, options: ExportOptions) -> int:
    chosen: ExportOptions = {**options, "container": _CONTAINERS.get(path.suffix)}
    with output.progress(*_columns()) as progress, client.open_export(dataset, format_, **chosen) as stream:
        task = progress.add_task(f"exporting {dataset}", total=stream.image_bytes or None)
        return _write(stream.chunks, path, lambda received, _: progress.update(task, completed=received))


def _write(pieces: Iterator[bytes], path: Path, on_bytes: OnBytes) -> int:
    """Write beside the target and move the file into place, so that a failed export leaves no partial file."""
    partial = path.with_name(path.name + ".partial")
    received = 0
    try:
        with partial.open("wb") as file:
            for piece in pieces:
                received += file.write(piece)
                on_bytes(received, 0)
        partial.replace(path)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return received
