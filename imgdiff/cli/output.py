"""Where the command writes: results to stdout, everything else to stderr; with --json only JSON on stdout."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx
import typer
from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from imgdiff.cli.exit_codes import ExitCode, exit_code
from imgdiff.errors import ImgdiffError, Unauthorized


class Output:
    """A command's two streams: stdout for results, stderr for notes."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.results = Console(highlight=False)
        self.notes = Console(stderr=True, highlight=False)

    def result(self, value: BaseModel | JsonValue, show: Callable[[Console], None]) -> None:
        """Print the command's result: as JSON, or drawn by `show`."""
        if not self.as_json:
            show(self.results)
            return
        document = value.model_dump_json(indent=2) if isinstance(value, BaseModel) else json.dumps(value, indent=2)
        typer.echo(document)

    def line(self, value: BaseModel | Mapping[str, object], text: str) -> None:
        """Print one of a series of results: a line of JSON or of text."""
        document = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(dict(value))
        if self.as_json:
            typer.echo(document)
        else:
            self.results.print(text, markup=False, soft_wrap=True)

    @property
    def width(self) -> int | None:
        """The columns of the terminal that shows the results; None where none does."""
        return self.results.width if self.results.is_terminal else None

    def note(self, text: str) -> None:
        """Print a note for people on stderr."""
        self.notes.print(text, markup=False, soft_wrap=True)

    def progress(self, *columns: ProgressColumn, auto_refresh: bool = True) -> Progress:
        """A progress display for terminals, which vanishes when done; `auto_refresh` draws it in a thread."""
        text, bar = TextColumn("{task.description}", markup=False), BarColumn()
        usual = (SpinnerColumn(), text, bar, TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        return Progress(
            *(columns or usual),
            console=self.notes,
            transient=True,
            auto_refresh=auto_refresh,
            disable=self.as_json or not self.notes.is_terminal,
        )

    def failure(self, error: ImgdiffError) -> None:
        """Report an error: as a problem document, or in a sentence with a hint."""
        if self.as_json:
            typer.echo(error.problem().model_dump_json(indent=2))
            return
        self.note(f"{error.title()} {error.detail}")
        for item in error.errors:
            if item.detail not in error.detail:
                self.note(f"  {item.pointer}: {item.detail}")
        if isinstance(error, Unauthorized):
            self.note(
                "Set IMGDIFF_API_KEY to a key of this gateway; whoever runs it makes one with `imgdiff keys create`."
            )
        if isinstance(error.__cause__, httpx.ConnectError):
            self.note("Start a gateway with `imgdiff serve`, or name one with --url or IMGDIFF_URL.")


@contextmanager
def reporting(as_json: bool) -> Iterator[Output]:
    """A command's output; reports an error that leaves the block, and ends the command with its exit code."""
    output = Output(as_json)
    try:
        yield output
    except ImgdiffError as error:
        output.failure(error)
        raise typer.Exit(exit_code(error)) from error
    except KeyboardInterrupt as stop:
        output.note("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from stop
