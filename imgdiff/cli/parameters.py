"""Parameters that several commands share, and the session they open."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.output import Output, reporting
from imgdiff.client import Client
from imgdiff.settings import DEFAULT_URL

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Url = Annotated[str, typer.Option("--url", envvar="IMGDIFF_URL", help="The gateway.")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0.0, help="Seconds to wait for the job's end.")]
Dataset = Annotated[str, typer.Option("--dataset", help="Dataset that the records join.")]
Policy = Annotated[str | None, typer.Option("--policy", help="describe or curate.")]
MaxRegions = Annotated[int | None, typer.Option("--max-regions", help="Kept regions at most, 1..100.")]
Thresholds = Annotated[list[str] | None, typer.Option("--threshold", metavar="CODE=VALUE", help="A gate's threshold.")]
Preview = Annotated[Path | None, typer.Option("--preview", help="Save the annotated pair: .png, .jpg or .webp.")]

MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
URL_DEFAULT = DEFAULT_URL


@contextmanager
def session(url: str, output: Output) -> Iterator[Client]:
    """A client whose errors end the command with their exit code."""
    with reporting(output), Client(url) as client:
        yield client


def parse_thresholds(given: list[str] | None) -> dict[str, float]:
    """`CODE=VALUE` pairs as a mapping; a wrong one is a usage error."""
    thresholds: dict[str, float] = {}
    for text in given or ():
        code, _, value = text.partition("=")
        try:
            thresholds[code] = float(value)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is not CODE=VALUE", param_hint="--threshold") from error
    return thresholds


def media_type(preview: Path | None) -> str:
    """The media type that a preview file's name asks for; another suffix is a usage error."""
    if preview is None:
        return MEDIA_TYPES[".png"]
    found = MEDIA_TYPES.get(preview.suffix.lower())
    if found is None:
        raise typer.BadParameter(f"{preview} does not end in {', '.join(MEDIA_TYPES)}", param_hint="--preview")
    return found
