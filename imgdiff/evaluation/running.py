"""Run a benchmark: ask what is missing, score what is there, and write the report beside the answers."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from imgdiff import __version__
from imgdiff.evaluation.answers import Answer, AnswerFile, Run
from imgdiff.evaluation.asking import Asked, Model, ask
from imgdiff.evaluation.report import Report, Speed
from imgdiff.evaluation.samples import Benchmark
from imgdiff.evaluation.scoring import count, score_captions, score_choices

ANSWERS, REPORT = "answers.jsonl", "report.json"
Open = Callable[[], AbstractAsyncContextManager[Model]]
"""Opens the model where the event loop runs."""


@dataclass(frozen=True)
class Setup:
    """What is asked, how, and where answers and report are written."""

    benchmark: Benchmark
    model: str
    output: Path
    server: str | None = None
    joined: bool = False
    at_once: int = 4
    limit: int | None = None


def run(setup: Setup, open_model: Open, on_answer: Callable[[Answer, int], None]) -> Report:
    """Ask, score and write; `on_answer` gets each answer and the number of requests to make."""
    belongs_to = Run.of(setup.benchmark, setup.model, joined=setup.joined)  # also where fewer samples are asked
    setup = replace(setup, benchmark=replace(setup.benchmark, samples=setup.benchmark.samples[: setup.limit]))
    with AnswerFile(setup.output / ANSWERS, belongs_to) as file:
        total = len(file.missing(setup.benchmark))
        asked = Asked(0, 0.0)
        if total:
            asked = asyncio.run(_ask(setup, open_model, file, lambda answer: on_answer(answer, total)))
    report = build_report(setup, file.answers, asked)
    (setup.output / REPORT).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return report


async def _ask(setup: Setup, open_model: Open, file: AnswerFile, on_answer: Callable[[Answer], None]) -> Asked:
    async with open_model() as model:
        return await ask(model, setup.benchmark, file, setup.at_once, on_answer)


def build_report(setup: Setup, answers: dict[str, Answer], asked: Asked) -> Report:
    """Score the answers."""
    benchmark = setup.benchmark
    choices = benchmark.task == "choices"
    return Report(
        benchmark=benchmark.name,
        task=benchmark.task,
        model=setup.model,
        server=setup.server,
        limit=setup.limit,
        joined=setup.joined,
        prompt=benchmark.samples[0].prompt,
        counts=count(benchmark, answers),
        choices=score_choices(benchmark, answers) if choices else None,
        figures=() if choices else score_captions(benchmark, answers),
        speed=_speed(benchmark, asked, setup.at_once),
        version=__version__,
    )


def _speed(benchmark: Benchmark, asked: Asked, at_once: int) -> Speed:
    rate = asked.requests / asked.seconds if asked.requests and asked.seconds else None
    images = len(benchmark.samples[0].images)
    return Speed(
        requests=asked.requests,
        seconds=round(asked.seconds, 3),
        at_once=at_once,
        requests_per_second=None if rate is None else round(rate, 3),
        pairs_per_second=None if rate is None else round(rate * images / 2, 3),
    )
