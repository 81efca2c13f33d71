"""Parameters and the client session that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.output import Output, reporting
from imgdiff.client import Client

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Url = Annotated[str, typer.Option("--url", envvar="IMGDIFF_URL", help="Address of the gateway.")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0.0, help="Seconds to wait for the job.")]
StartWithin = Annotated[
    float | None, typer.Option("--start-within", help="Seconds after which a job that has not begun expires.")
]
Dataset = Annotated[str, typer.Option("--dataset", help="Dataset to add the records to.")]
Policy = Annotated[
    str | None, typer.Option("--policy", help="`describe` reports every gate; `curate` enforces the paper's.")
]
MaxRegions = Annotated[
    int | None,
    typer.Option("--max-regions", help="Most regions to keep, 1 to 100; default: 20 to describe, 5 to curate."),
]
Thresholds = Annotated[
    list[str] | None,
    typer.Option("--threshold", metavar="CODE=VALUE", help="Threshold of a gate, by its reason code; may be repeated."),
]
Preview = Annotated[Path | None, typer.Option("--preview", help="File for the annotated pair: .png, .jpg or .webp.")]

MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@contextmanager
def session(url: str, as_json: bool) -> Iterator[tuple[Client, Output]]:
    """A client and the command's output; an error ends the command with its exit code."""
    with reporting(as_json) as output, Client(url) as client:
        yield client, output


def parse_thresholds(given: list[str] | None) -> dict[str, float]:
    """Thresholds by reason code; anything but `CODE=VALUE` is a usage error."""
    thresholds: dict[str, float] = {}
    for text in given or ():
        code, _, value = text.partition("=")
        try:
            thresholds[code] = float(value)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is not CODE=VALUE", param_hint="--threshold") from error
    return thresholds


def media_type(preview: Path | None) -> str:
    """The media type for a preview file's suffix; an unknown suffix is a usage error."""
    if preview is None:
        return MEDIA_TYPES[".png"]
    found = MEDIA_TYPES.get(preview.suffix.lower())
    if found is None:
        raise typer.BadParameter(f"{preview} must end in one of {', '.join(MEDIA_TYPES)}", param_hint="--preview")
    return found
