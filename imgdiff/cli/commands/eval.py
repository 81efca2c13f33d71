"""`imgdiff eval`: score a model on a benchmark, or our own records against their true edits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from imgdiff.cli.drawing.evaluations import draw_edits, draw_report
from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson, Url, session
from imgdiff.client import AsyncClient
from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.answers import Answer
from imgdiff.evaluation.asking import Model
from imgdiff.evaluation.captioner import Captioner
from imgdiff.evaluation.chat_model import CONNECTIONS, ChatModel
from imgdiff.evaluation.edits import EditReport, score_records
from imgdiff.evaluation.layouts.catalogue import NAMES, read_benchmark
from imgdiff.evaluation.report import Report
from imgdiff.evaluation.running import Open, Setup, run
from imgdiff.settings import DEFAULT_URL

EPILOG = f"Layouts: {', '.join(NAMES)}. docs/evaluation.md has their files."
Layout = Annotated[str | None, typer.Argument(metavar="LAYOUT", help="Layout of the benchmark's files.")]
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
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first samples.")]
Seconds = Annotated[float, typer.Option("--timeout", min=0.1, help="Longest wait for one answer, seconds.")]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="Folder for answers.jsonl and report.json.")]


def evaluate(  # noqa: PLR0913  one parameter an option
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
    output_path: OutputFolder = Path("evaluation"),
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Score a model on a benchmark of image differences, or a dataset's records against their true edits.

    Answers are kept: the command, run again, asks only for what is missing or failed.
    """
    _check(layout, folder, dataset, server, model)
    if layout is None or folder is None:
        _score_dataset(dataset or "", url, as_json)
        return
    with reporting(as_json) as output:
        benchmark = read_benchmark(layout, folder, split)
        if server is None and benchmark.task == "choices":
            raise InvalidRequest("the captioner answers no questions; name a model with --server and --model")
        setup = Setup(benchmark, model or Captioner.name, output_path, server, joined, at_once, limit)
        if server is None or model is None:
            report = _run(setup, lambda: _open_captioner(url, f"eval-{benchmark.name}", timeout), output)
        else:
            secret = None if key is None else SecretStr(key)
            report = _run(
                setup, lambda: ChatModel(server, model, key=secret, joined=joined, timeout_seconds=timeout), output
            )
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


@asynccontextmanager
async def _open_captioner(url: str, dataset: str, seconds: float) -> AsyncIterator[Model]:
    async with AsyncClient(url) as client:
        yield Captioner(client, dataset, timeout_seconds=seconds)


def _score_dataset(dataset: str, url: str, as_json: bool) -> None:
    with session(url, as_json) as (client, output):
        with output.progress() as progress:
            progress.add_task(f"scoring {dataset}", total=None)
            client.dataset(dataset)  # an unknown one is reported, not scored as empty
            report: EditReport = score_records(dataset, client.records(dataset))
        output.result(report, lambda console: draw_edits(report, console))
