"""`imgdiff synthesize`: edited pairs made from a photo or a caption."""

from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.drawing.funnels import funnel_line
from imgdiff.cli.drawing.records import draw_synthesis
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import (
    URL_DEFAULT,
    AsJson,
    Dataset,
    MaxRegions,
    Policy,
    Thresholds,
    Timeout,
    Url,
    parse_thresholds,
    session,
)
from imgdiff.cli.progress import follow, save_preview
from imgdiff.client import Client
from imgdiff.client.failures import require_success
from imgdiff.client.options import SynthesisArguments
from imgdiff.jobs import Job


def synthesize(  # noqa: PLR0913  one parameter an option
    *,
    photo: Annotated[Path | None, typer.Argument(help="Photo to edit; none to start from a caption.")] = None,
    operation: Annotated[str, typer.Option(help="replace, remove, add, recolour, move or recount.")],
    donor: Annotated[
        Path | None, typer.Option(help="Photo that the new object is cut from; else the dataset's own are used.")
    ] = None,
    caption: Annotated[str | None, typer.Option(help="What the photo shows, or the caption to start from.")] = None,
    target: Annotated[str | None, typer.Option(help="Object to edit, as a noun.")] = None,
    replacement: Annotated[str | None, typer.Option(help="The new object, or the colour.")] = None,
    count: Annotated[int, typer.Option(help="Pairs to make, 1..64.")] = 1,
    seed: Annotated[int | None, typer.Option(help="The same request and seed give the same bytes.")] = None,
    policy: Policy = None,
    max_regions: MaxRegions = None,
    dataset: Dataset = "default",
    threshold: Thresholds = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for a picture of every pair; `pairs-of-PHOTO` here without --json.")
    ] = None,
    timeout: Timeout = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Edit a photo and keep the pairs that come through as records, each with a picture to look at."""
    output = Output(as_json)
    fields: SynthesisArguments = {"dataset": dataset, "count": count, "thresholds": parse_thresholds(threshold)}
    fields |= {"caption": caption, "target": target, "replacement": replacement, "seed": seed}
    fields |= {"policy": policy, "max_regions": max_regions}
    if pictures is None and not as_json:
        pictures = Path(f"pairs-of-{'a-caption' if photo is None else photo.stem}")
    with session(url, output) as client:
        job = client.submit_synthesis(operation, photo, donor=donor, **fields)
        ended = require_success(follow(client, output, job, timeout))
        output.result(ended, lambda console: draw_synthesis(ended, console))
        if pictures is not None:
            _save(client, output, ended, pictures)
        if not as_json:
            output.say(funnel_line(client.funnel(ended.id)))


def _save(client: Client, output: Output, job: Job, folder: Path) -> None:
    """One picture a record, named by its job and pair, so that nothing is written over."""
    for record in job.records:
        index = record.source.edit.index if record.source.edit else 0
        path = folder / f"{job.id[4:12]}-{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_preview(client, record.id, path, "image/png")
    if job.records:
        output.say(f"{len(job.records)} annotated picture{'s' * (len(job.records) > 1)} in {folder}/")
