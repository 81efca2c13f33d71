"""`imgdiff datasets`: list, show, count, describe, freeze and delete datasets; delete images that nothing uses."""

from itertools import islice
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from imgdiff.cli.drawing.quality import draw_quality
from imgdiff.cli.drawing.statistics import draw_statistics
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import Client
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.datasets import Dataset, DatasetVersion
from imgdiff.frozen import Frozen

datasets = typer.Typer(help="List, show, describe, freeze and delete datasets.", no_args_is_help=True)
_DIGEST = 12  # characters of a digest that are shown
Name = Annotated[str, typer.Argument(help="Name of the dataset.")]
Description = Annotated[str | None, typer.Option(help="What it contains or is for.")]
Tags = Annotated[list[str] | None, typer.Argument(metavar="[TAG...]", help="All its tags; none removes them.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class Shown(Frozen):
    """A dataset with its versions."""

    dataset: Dataset
    versions: tuple[DatasetVersion, ...]


@datasets.command("list")
def list_datasets(
    limit: Annotated[int, typer.Option(min=1, help="Most datasets to list.")] = 100,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """List datasets by name, one per line."""
    with session(url, as_json) as (client, output):
        for dataset in islice(client.datasets(), limit):
            tags = f" [{', '.join(dataset.tags)}]" if dataset.tags else ""
            output.line(dataset, f"{dataset.name}: {_count(dataset.records)}{tags}")


@datasets.command()
def show(name: Name, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Show a dataset, its records by verdict, and its versions."""
    with session(url, as_json) as (client, output):
        shown = Shown(dataset=client.dataset(name), versions=tuple(client.versions(name)))
        output.result(shown, lambda console: _draw(shown, console))


@datasets.command()
def statistics(
    name: Name,
    *,
    version: Annotated[str | None, typer.Option(help="Only the records of this frozen version.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Only records with this verdict.")] = None,
    top: Annotated[int, typer.Option(min=0, max=1000, help="Most names and pairs of names to list.")] = 10,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Show what its records hold: names, what replaced what, kinds of change, sizes, scores."""
    with session(url, as_json) as (client, output):
        counted = client.statistics(name, version=version, verdict=verdict, top=top)
        output.result(counted, lambda console: draw_statistics(counted, console))


@datasets.command()
def quality(
    name: Name,
    *,
    precision: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="From which confidence on is this share right?")
    ] = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Show how good its records are, as far as people reviewed them."""
    with session(url, as_json) as (client, output):
        found = client.reviews.quality(name, precision)
        output.result(found, lambda console: draw_quality(found, console))


@datasets.command()
def tag(
    name: Name, tags: Tags = None, *, description: Description = None, url: Url = DEFAULT_URL, as_json: AsJson = False
) -> None:
    """Set the tags of a dataset, and its description. With --description alone the tags stay."""
    with session(url, as_json) as (client, output):
        chosen = tags or (None if description is not None else [])
        changed = client.change_dataset(name, description=description, tags=chosen)
        output.line(changed, f"{name}: {', '.join(changed.tags) or 'no tags'}")


@datasets.command()
def freeze(
    name: Name,
    version: Annotated[str, typer.Argument(help="Name of the version, such as v1.")],
    description: Description = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Freeze the current records as a version, which `imgdiff export --version` always writes the same."""
    with session(url, as_json) as (client, output):
        frozen = client.freeze(name, version, description or "")
        output.line(frozen, f"{name} {version}: {_count(frozen.records)}, {frozen.digest[:_DIGEST]}")


@datasets.command()
def delete(
    name: Name,
    *,
    version: Annotated[str | None, typer.Option(help="Delete only this version; its records stay.")] = None,
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Delete a dataset with its jobs and records, or one of its versions."""
    with session(url, as_json) as (client, output):
        if version is not None:
            client.delete_version(name, version)
            output.line({"dataset": name, "deleted_version": version}, f"deleted {name} {version}")
            return
        if not yes:
            _confirm(client, name)
        client.delete_dataset(name)
        output.line({"deleted": name}, f"deleted {name}; `imgdiff datasets prune` deletes images that nothing uses")


@datasets.command()
def prune(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Delete stored images that no pair, donor or running job uses, and that were not sent lately."""
    with session(url, as_json) as (client, output):
        pruned = client.prune_assets()
        output.line(pruned, f"deleted {pruned.assets} images, {pruned.bytes / 1e6:.1f} MB")


def _confirm(client: Client, name: str) -> None:
    typer.confirm(f"Delete {name} with {_count(client.dataset(name).records)} and its jobs?", abort=True, err=True)


def _count(records: int) -> str:
    return f"{records} record{'' if records == 1 else 's'}"


def _draw(shown: Shown, console: Console) -> None:
    dataset = shown.dataset
    facts = Table(Column(style="dim"), Column(overflow="fold"), show_header=False, box=None)
    facts.add_row("name", dataset.name)
    facts.add_row("created", f"{dataset.created_at:%Y-%m-%d %H:%M} UTC")
    facts.add_row("description", escape(dataset.description) or "-")
    facts.add_row("tags", escape(", ".join(dataset.tags)) or "-")
    facts.add_row("records", str(dataset.records))
    for verdict, count in dataset.verdicts.items():
        facts.add_row(f"  {verdict}", str(count))
    console.print(facts)
    if shown.versions:
        columns = (Column("version", overflow="fold"), Column("records", justify="right"), "digest", "frozen")
        table = Table(*columns, box=None)
        for one in shown.versions:
            frozen = f"{one.created_at:%Y-%m-%d %H:%M}"
            table.add_row(one.name, str(one.records), one.digest[:_DIGEST], frozen)
        console.print(table)
