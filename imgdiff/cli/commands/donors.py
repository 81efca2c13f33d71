"""`imgdiff donors`: import objects that syntheses can copy, list and delete them."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from imgdiff.cli.donors.coco import CocoFolder
from imgdiff.cli.donors.cutouts import CutoutFolder
from imgdiff.cli.donors.importing import Importer
from imgdiff.cli.donors.pictures import Tally
from imgdiff.cli.output import Output
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.datasets import Donor
from imgdiff.errors import ImgdiffError
from imgdiff.frozen import Frozen

donors = typer.Typer(help="Import objects that syntheses can copy, list and delete them.", no_args_is_help=True)
_FOLDER = "COCO-format folder, or folder of cut-outs (PNG or WebP with transparency)."
_ANNOTATIONS = "COCO instances of the folder's images; default: its only instances*.json. Without any: cut-outs."
_TABLE = "CSV or JSON of cut-outs: file, label, category, source, licence. Default: names of folders or files."
_LICENCE = "Licence of images that name none, as an SPDX identifier."
_PAGE = 100  # donors asked for at a time
Folder = Annotated[Path, typer.Argument(help=_FOLDER, exists=True, file_okay=False)]
Annotations = Annotated[Path | None, typer.Option(metavar="FILE", help=_ANNOTATIONS, exists=True, dir_okay=False)]
LabelTable = Annotated[Path | None, typer.Option(metavar="FILE", help=_TABLE, exists=True, dir_okay=False)]
Licence = Annotated[str | None, typer.Option(help=_LICENCE)]
Source = Annotated[str | None, typer.Option(help="Where cut-outs come from; default: the folder's name.")]
Only = Annotated[list[str] | None, typer.Option("--label", help="Only objects of this label; may be repeated.")]
Most = Annotated[int | None, typer.Option("--per-label", min=1, help="Most objects of a label in the library.")]


class ImportReport(Frozen):
    """What an import did: objects added by label, known before, and left out by reason."""

    added: dict[str, int]
    known: int
    skipped: dict[str, int]


@donors.command("import")
def import_donors(  # noqa: PLR0913  one parameter an option
    folder: Folder,
    *,
    annotations: Annotations = None,
    labels: LabelTable = None,
    licence: Licence = None,
    source: Source = None,
    label: Only = None,
    per_label: Most = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Import objects with their licence and source. Run it again to continue: what is there is not sent twice.

    Crowds, objects cut off at a border and those smaller than 32x32 pixels are left out and counted.
    """
    tally = Tally()
    file = annotations or (None if labels else _find_instances(folder))
    with session(url, as_json) as (client, output):
        found = CutoutFolder(folder, labels, licence, source) if file is None else CocoFolder(folder, file, licence)
        _send_all(output, found, Importer(client, tally, label or (), per_label), tally)
        output.result(_report(tally), lambda console: _draw(tally, console))


@donors.command("list")
def list_donors(
    *,
    label: Annotated[str | None, typer.Option(help="Only this label, in singular or plural.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    licence: Annotated[str | None, typer.Option(help="Only this licence; `*` at its end is any ending.")] = None,
    source: Annotated[str | None, typer.Option(help="Only images from here.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most donors to list.")] = 20,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """List donors, oldest first, one per line."""
    with session(url, as_json) as (client, output):
        page = min(limit, _PAGE)
        found = client.donors(page_size=page, label=label, category=category, licence=licence, source=source)
        for donor in islice(found, limit):
            output.line(donor, _line(donor))


@donors.command()
def delete(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of donors, don_...")],
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Delete donors; jobs and records that used them keep what they have."""
    with session(url, as_json) as (client, output):
        for donor_id in ids:
            client.delete_donor(donor_id)
            output.line({"deleted": donor_id}, f"deleted {donor_id}")


def _find_instances(folder: Path) -> Path | None:
    """The folder's only file of instances; None without one, a usage error with several."""
    found = sorted({*folder.glob("instances*.json"), *folder.glob("annotations/instances*.json")})
    if len(found) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in found)
        raise typer.BadParameter(f"several files of instances, choose one: {names}", param_hint="--annotations")
    return found[0] if found else None


def _send_all(output: Output, found: CocoFolder | CutoutFolder, importer: Importer, tally: Tally) -> None:
    with output.progress() as progress:
        task = progress.add_task("importing", total=len(found))
        try:
            for picture in found.pictures(tally):
                if picture is not None:
                    importer.send(picture)
                progress.update(task, advance=1, description=f"importing: {tally.added.total()} added")
        except (ImgdiffError, KeyboardInterrupt):
            output.note(f"{tally.added.total()} donors added so far; run the command again to continue")
            raise


def _report(tally: Tally) -> ImportReport:
    return ImportReport(added=dict(sorted(tally.added.items())), known=tally.known, skipped=_skipped(tally))


def _skipped(tally: Tally) -> dict[str, int]:
    """Objects left out, the most frequent reason first."""
    return {reason: count for reason, count in tally.skipped.most_common() if count}


def _draw(tally: Tally, console: Console) -> None:
    table = Table(Column("objects", justify="right"), "", show_header=False, box=None)
    table.add_row(str(tally.added.total()), f"added, of {len(tally.added)} labels")
    table.add_row(str(tally.known), "in the library already")
    for reason, count in _skipped(tally).items():
        table.add_row(str(count), f"left out: {reason}")
    console.print(table)


def _line(donor: Donor) -> str:
    view = "cut off" if donor.view.cut_off else "occluded" if donor.view.occluded else "whole"
    return f"{donor.id} {donor.label}, {donor.share:.1%}, {view}, {donor.licence}"
