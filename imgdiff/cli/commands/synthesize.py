"""`imgdiff synthesize`: make edited pairs from a photo or a caption."""

import re
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.drawing.funnels import funnel_line
from imgdiff.cli.drawing.records import draw_synthesis
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import (
    AsJson,
    Dataset,
    MaxRegions,
    Policy,
    StartWithin,
    Thresholds,
    Timeout,
    Url,
    parse_thresholds,
    session,
)
from imgdiff.cli.places import parse_box, read_mask
from imgdiff.cli.progress import follow
from imgdiff.client import Client
from imgdiff.client.options import SynthesisArguments
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.client.transport.failures import require_success
from imgdiff.jobs import Job
from imgdiff.objects.donors import DONOR_ID
from imgdiff.options import DonorRef

DONOR = "Photo to copy the new object from, or the id of a donor; default: as --donors-from says."
DONORS_FROM = "Where to look for a donor: library, dataset, or any (the library first)."
LICENCE = "Licence that donors may have; `*` at its end is any ending; may be repeated."
SEED = "Seed; the same request with the same seed gives the same pairs."
MASK = "Outline of the object to edit: a picture, white or opaque there, or JSON with COCO run lengths."
PICTURES = "Folder for annotated pictures of the records; default: pairs-of-PHOTO, and none with --json."
Donor = Annotated[str | None, typer.Option(metavar="FILE|ID", help=DONOR)]
DonorLicences = Annotated[list[str] | None, typer.Option("--donor-licence", help=LICENCE)]
Seed = Annotated[int | None, typer.Option(help=SEED)]
Pictures = Annotated[Path | None, typer.Option(help=PICTURES)]
TargetBox = Annotated[str | None, typer.Option(metavar="X1,Y1,X2,Y2", help="Box of the object to edit, in pixels.")]
TargetMask = Annotated[Path | None, typer.Option(metavar="FILE", help=MASK)]


def synthesize(  # noqa: PLR0913  one parameter an option
    *,
    photo: Annotated[Path | None, typer.Argument(help="Photo to edit; leave it out to start from a caption.")] = None,
    operation: Annotated[str, typer.Option(help="replace, remove, add, recolour, move or recount.")],
    donor: Donor = None,
    donors_from: Annotated[str, typer.Option(help=DONORS_FROM)] = "any",
    donor_licence: DonorLicences = None,
    caption: Annotated[str | None, typer.Option(help="Caption of the photo, or the caption to start from.")] = None,
    target: Annotated[str | None, typer.Option(help="Object to edit, as a noun; default: imgdiff chooses.")] = None,
    target_box: TargetBox = None,
    target_mask: TargetMask = None,
    replacement: Annotated[str | None, typer.Option(help="The new object, as a noun, or the new colour.")] = None,
    count: Annotated[int, typer.Option(help="Pairs to make, 1 to 64.")] = 1,
    seed: Seed = None,
    policy: Policy = None,
    max_regions: MaxRegions = None,
    dataset: Dataset = "default",
    threshold: Thresholds = None,
    pictures: Pictures = None,
    start_within: StartWithin = None,
    timeout: Timeout = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Edit a photo, keep the accepted pairs as records, and save a picture of each."""
    fields: SynthesisArguments = {"dataset": dataset, "count": count, "seed": seed, "donors_from": donors_from}
    fields |= {"caption": caption, "target": target, "start_deadline_seconds": start_within}
    fields |= {"donor_licences": donor_licence or None}
    fields |= {"target_box": parse_box(target_box), "target_mask": read_mask(target_mask), "replacement": replacement}
    fields |= {"policy": policy, "max_regions": max_regions, "thresholds": parse_thresholds(threshold)}
    if pictures is None and not as_json:
        pictures = Path(f"pairs-of-{'a-caption' if photo is None else photo.stem}")
    with session(url, as_json) as (client, output):
        job = client.submit_synthesis(operation, photo, donor=_donor(donor), **fields)
        ended = require_success(follow(client, output, job, timeout))
        output.result(ended, lambda console: draw_synthesis(ended, console))
        if pictures is not None:
            _save(client, output, ended, pictures)
        if not as_json:
            output.note(funnel_line(client.funnel(ended.id)))


def _donor(given: str | None) -> str | DonorRef | None:
    """A donor of the library by its id, unless there is a file of that name."""
    return DonorRef(donor=given) if given and re.fullmatch(DONOR_ID, given) and not Path(given).exists() else given


def _save(client: Client, output: Output, job: Job, folder: Path) -> None:
    """Save a picture of each record under the name of its job and pair, which overwrites nothing."""
    for record in job.records:
        index = record.source.edit.index if record.source.edit else 0
        path = folder / f"{job.id[4:12]}-{index + 1}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(client.preview(record.id))
    if job.records:
        output.note(f"{len(job.records)} annotated picture{'s' * (len(job.records) > 1)} in {folder}/")
