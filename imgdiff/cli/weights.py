"""The weight files as the command sees them: fetched behind a progress bar, and whether all are there."""

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from imgdiff import models
from imgdiff.cli.output import Output


def ensure_weights(output: Output, names: tuple[str, ...] | None = None) -> None:
    """Fetch whatever is missing; raises WeightsUnavailable when that is forbidden or impossible."""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        console=output.notes,
        transient=True,
        disable=output.as_json or not output.notes.is_terminal,
    ) as bars:
        tasks = {}

        def on_progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        models.fetch_all(names, on_progress)


def weights_state() -> tuple[bool, str]:
    """Whether every weight file is here and right, and a sentence about it."""
    raise NotImplementedError
