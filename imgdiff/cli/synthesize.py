"""`imgdiff synthesize`: edited pairs made from a photo."""

from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.drawing import draw_job
from imgdiff.cli.following import follow, save_preview
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import (
    URL_DEFAULT,
    AsJson,
    Dataset,
    MaxRegions,
    Policy,
    Preview,
    Thresholds,
    Timeout,
    Url,
    media_type,
    parse_thresholds,
    session,
)
from imgdiff.client.failures import succeeded
from imgdiff.client.options import SynthesisOrder


def synthesize(  # noqa: PLR0913  one parameter an option
    *,
    operation: Annotated[str, typer.Option(help="replace, remove, add, recolour, move or recount.")],
    image: Annotated[Path | None, typer.Option(help="Photo to edit.")] = None,
    donor: Annotated[Path | None, typer.Option(help="Photo that the new object is cut from.")] = None,
    caption: Annotated[str | None, typer.Option(help="Caption to start from.")] = None,
    target: Annotated[str | None, typer.Option(help="Object to edit, as a noun.")] = None,
    replacement: Annotated[str | None, typer.Option(help="The new object, or the colour.")] = None,
    count: Annotated[int, typer.Option(help="Pairs to make, 1..64.")] = 1,
    seed: Annotated[int | None, typer.Option(help="The same request and seed give the same bytes.")] = None,
    policy: Policy = None,
    max_regions: MaxRegions = None,
    dataset: Dataset = "default",
    threshold: Thresholds = None,
    preview: Preview = None,
    timeout: Timeout = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Edit a photo and keep the pairs that come through as records."""
    output = Output(as_json)
    picture = media_type(preview)
    order: SynthesisOrder = {"dataset": dataset, "count": count, "thresholds": parse_thresholds(threshold)}
    order |= {"caption": caption, "target": target, "replacement": replacement, "seed": seed}
    order |= {"policy": policy, "max_regions": max_regions}
    with session(url, output) as client:
        job = client.submit_synthesis(operation, image, donor=donor, **order)
        ended = succeeded(follow(client, output, job, timeout))
        output.result(ended, lambda console: draw_job(ended, console))
        if preview is not None and ended.records:
            save_preview(client, ended.records[0].id, preview, picture)
            output.say(f"annotated picture: {preview}")
