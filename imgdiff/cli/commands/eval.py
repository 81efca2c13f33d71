"""`imgdiff eval`: score a model on a benchmark, or our own records against their true edits."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from imgdiff.cli.drawing.evaluations import draw_edits, draw_report
from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import AsyncClient
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.answers import Answer
from imgdiff.evaluation.asking import Model
from imgdiff.evaluation.captioner import Captioner
from imgdiff.evaluation.chat_model import CONNECTIONS, ChatModel
from imgdiff.evaluation.edits import EditReport, score_records
from imgdiff.evaluation.layouts.catalogue import NAMES, read_benchmark
from imgdiff.evaluation.report import Report
from imgdiff.evaluation.running import REPORT, Open, Setup, run

EPILOG = "docs/evaluation.md has the files of each layout."
Layout = Annotated[
    str | None, typer.Argument(metavar="LAYOUT", help=f"Layout of the benchmark's files: {', '.join(NAMES)}.")
]
Folder = Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder with the benchmark's files.")]
Scored = Annotated[
    str | None, typer.Option("--dataset", help="Score this dataset's records against their true edits instead.")
]
Server = Annotated[
    str | None,
    typer.Option("--server", help="Base of an OpenAI-compatible API, as http://HOST:8001/v1; default: ours."),
]
ModelName = Annotated[str | None, typer.Option("--model", help="Name of the server's model.")]
Key = Annotated[
    str | None, typer.Option("--key", envvar="IMGDIFF_EVAL_KEY", show_envvar=True, help="The server's API key.")
]
Split = Annotated[str, typer.Option("--split", help="Split of a benchmark that has several.")]
Joined = Annotated[bool, typer.Option("--joined", help="Show two images as one, with a black bar.")]
AtOnce = Annotated[int, typer.Option("--at-once", min=1, max=CONNECTIONS, help="Requests at once.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first samples, or records.")]
Seconds = Annotated[float, typer.Option("--timeout", min=0.1, help="Longest wait for one answer, seconds.")]
OutputFolder = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Folder for answers.jsonl and report.json; default: evaluation. With --dataset, for report.json; "
        "default: none.",
    ),
]
_FOLDER = Path("evaluation")
_OF_MODELS = {"server", "model", "key", "split", "joined", "at_once", "timeout"}
"""Options that a dataset's records have no use for."""


def evaluate(  # noqa: PLR0913  one parameter an option
    context: typer.Context,
    layout: Layout = None,
    folder: Folder = None,
    *,
    dataset: Scored = None,
    server: Server = None,
    model: ModelName = None,
    key: Key = None,
    split: Split = "test",
    joined: Joined = False,
    at_once: AtOnce = 4,
    limit: Limit = None,
    timeout: Seconds = 120.0,
    output_path: OutputFolder = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Score a model on a benchmark of image differences, or a dataset's records against their true edits.

    Answers are kept: the command, run again, asks only for what is missing or failed.
    """
    _check(layout, folder, dataset, server, model)
    if layout is None or folder is None:
        _refuse_options_of_models(context)
        _score_dataset(dataset or "", limit, output_path, url, as_json)
        return
    with reporting(as_json) as output:
        benchmark = read_benchmark(layout, folder, split)
        if server is None and benchmark.task == "choices":
            raise InvalidRequest("the captioner answers no questions; name a model with --server and --model")
        output_path = output_path or _FOLDER
        setup = Setup(benchmark, model or Captioner.name, output_path, server, joined, at_once, limit)
        report = _run(setup, lambda: _open_model(setup, key, timeout, url), output)
        output.result(report, lambda console: draw_report(report, console))


def _check(layout: str | None, folder: Path | None, dataset: str | None, server: str | None, model: str | None) -> None:
    if dataset is not None and layout is not None:
        raise typer.BadParameter("name a layout or a --dataset, not both")
    if dataset is None and folder is None:
        raise typer.BadParameter("name a LAYOUT and its FOLDER, or a --dataset")
    if (server is None) != (model is None):
        raise typer.BadParameter("--server and --model go together")


def _run(setup: Setup, open_model: Open, output: Output) -> Report:
    with output.progress() as progress:
        task = progress.add_task(f"asking {setup.model}", total=None)
        done = 0

        def on_answer(_: Answer, total: int) -> None:
            nonlocal done
            done += 1
            progress.update(task, completed=done, total=total)

        return run(setup, open_model, on_answer)


def _open_model(setup: Setup, key: str | None, seconds: float, url: str) -> AbstractAsyncContextManager[Model]:
    if setup.server is None:
        return _open_captioner(url, f"eval-{setup.benchmark.name}", seconds)
    secret = None if key is None else SecretStr(key)
    return ChatModel(setup.server, setup.model, key=secret, joined=setup.joined, timeout_seconds=seconds)


@asynccontextmanager
async def _open_captioner(url: str, dataset: str, seconds: float) -> AsyncIterator[Model]:
    async with AsyncClient(url) as client:
        yield Captioner(client, dataset, timeout_seconds=seconds)


def _refuse_options_of_models(context: typer.Context) -> None:
    given = [
        f"--{name.replace('_', '-')}" for name in context.params if name in _OF_MODELS and _is_given(context, name)
    ]
    if given:
        raise typer.BadParameter(f"{', '.join(given)}: --dataset scores stored records; no model is asked")


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether the command line has the option; a key in the environment is there for other runs."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _score_dataset(dataset: str, limit: int | None, folder: Path | None, url: str, as_json: bool) -> None:
    with session(url, as_json) as (client, output):
        with output.progress() as progress:
            progress.add_task(f"scoring {dataset}", total=None)
            client.dataset(dataset)  # an unknown one is reported, not scored as empty
            scored = score_records(dataset, islice(client.records(dataset), limit))
            report = scored.model_copy(update={"limit": limit})
        if folder is not None:
            _write(report, folder)
        output.result(report, lambda console: draw_edits(report, console))


def _write(report: EditReport, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / REPORT).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{folder} cannot be written: {error.strerror or error}") from error
