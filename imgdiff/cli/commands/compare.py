"""`imgdiff compare`: report what differs between two images."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from imgdiff.cli.drawing.records import draw_record
from imgdiff.cli.parameters import (
    AsJson,
    Dataset,
    MaxRegions,
    Policy,
    Preview,
    StartWithin,
    Thresholds,
    Timeout,
    Url,
    media_type,
    parse_thresholds,
    session,
)
from imgdiff.cli.progress import follow
from imgdiff.client.options import OptionFields
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.client.transport.failures import only_record, require_success
from imgdiff.records import Record

Align = Annotated[bool, typer.Option("--align/--no-align", help="Align image 2 to image 1 before comparing.")]


def compare(  # noqa: PLR0913  one parameter an option
    image1: Annotated[Path, typer.Argument(help="The image before the change; `-` reads it from stdin.")],
    image2: Annotated[Path, typer.Argument(help="The image after the change; `-` reads it from stdin.")],
    *,
    policy: Policy = None,
    max_regions: MaxRegions = None,
    dataset: Dataset = "default",
    align: Align = True,
    caption1: Annotated[str | None, typer.Option(help="A known caption of image 1.")] = None,
    caption2: Annotated[str | None, typer.Option(help="A known caption of image 2.")] = None,
    instruction: Annotated[str | None, typer.Option(help="What is said to have been done to image 1.")] = None,
    threshold: Thresholds = None,
    preview: Preview = None,
    start_within: StartWithin = None,
    timeout: Timeout = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Report where two images differ and what changed."""
    picture = media_type(preview)
    if str(image1) == str(image2) == "-":
        raise typer.BadParameter("only one image can come from stdin")
    options: OptionFields = {"dataset": dataset, "align": align, "thresholds": parse_thresholds(threshold)}
    options |= {"policy": policy, "max_regions": max_regions, "caption1": caption1, "caption2": caption2}
    options |= {"instruction": instruction, "start_deadline_seconds": start_within}
    with session(url, as_json) as (client, output):
        job = client.submit(_source(image1), _source(image2), **options)
        record = only_record(require_success(follow(client, output, job, timeout)))
        if preview is not None:
            preview.write_bytes(client.preview(record.id, picture))
        output.result(record, lambda console: _show(record, preview, console))


def _source(image: Path) -> Path | bytes:
    return sys.stdin.buffer.read() if str(image) == "-" else image


def _show(record: Record, preview: Path | None, console: Console) -> None:
    draw_record(record, console)
    if preview is not None:
        console.print(f"annotated picture: {preview}", soft_wrap=True)
