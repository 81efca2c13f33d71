"""`imgdiff export`: write a dataset to a file."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.errors import InvalidRequest
from imgdiff.settings import DEFAULT_URL


def export(
    dataset: Annotated[str, typer.Argument(help="Name of the dataset.")],
    format_: Annotated[str, typer.Option("--format", help="Export format, one of the gateway's.")] = "jsonl",
    output_path: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: stdout.")] = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Export the records of a dataset."""
    with session(url, as_json) as (client, output):
        pieces = client.export(dataset, format_)
        if output_path is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            return
        with output.progress() as progress:
            progress.add_task(f"exporting {dataset}", total=None)
            size = _write(pieces, output_path)
        document = {"dataset": dataset, "format": format_, "path": str(output_path), "bytes": size}
        output.line(document, f"{output_path}: {size} bytes")


def _write(pieces: Iterator[bytes], path: Path) -> int:
    """Write beside the target and move the file into place, so that a failed export leaves no partial file."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        partial.replace(path)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return path.stat().st_size
