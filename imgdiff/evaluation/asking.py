"""Ask a model for every answer that is missing, so many at once."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from imgdiff.errors import ImgdiffError, InvalidRequest, ServiceUnavailable
from imgdiff.evaluation.answers import Answer, AnswerFile
from imgdiff.evaluation.samples import Benchmark, Sample

_HOPELESS = 20  # failed requests in a row after which no more are made; chosen, not measured


class Model(Protocol):
    """What answers. A request that fails raises an error of `imgdiff.errors`; InvalidRequest, all would."""

    @property
    def name(self) -> str:
        """The model as reports name it."""
        ...

    async def answer(self, sample: Sample) -> Answer:
        """The answer to one sample."""
        ...


@dataclass(frozen=True)
class Asked:
    """How many requests this run made, and in how many seconds."""

    requests: int
    seconds: float


@dataclass
class _Progress:
    on_answer: Callable[[Answer], None]
    requests: int = 0
    failed_in_a_row: int = 0


async def ask(
    model: Model, benchmark: Benchmark, file: AnswerFile, at_once: int, on_answer: Callable[[Answer], None]
) -> Asked:
    """Ask for the answers that the file lacks, and keep each as it comes.

    A failed request is kept as such. After many in a row, ServiceUnavailable: the model's server is down.
    """
    missing = set(file.missing(benchmark))
    samples = (sample for sample in benchmark.samples if sample.id in missing)
    progress, started = _Progress(on_answer), time.monotonic()
    workers = [asyncio.create_task(_work(model, samples, file, progress)) for _ in range(at_once)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return Asked(progress.requests, time.monotonic() - started)


async def _work(model: Model, samples: Iterator[Sample], file: AnswerFile, progress: _Progress) -> None:
    for sample in samples:
        answer = await _answer(model, sample)
        file.add(answer)
        progress.requests += 1
        progress.failed_in_a_row = progress.failed_in_a_row + 1 if answer.fault == "failed" else 0
        progress.on_answer(answer)
        if progress.failed_in_a_row >= _HOPELESS:
            raise ServiceUnavailable(f"{_HOPELESS} requests in a row failed, the last one with: {answer.detail}")


async def _answer(model: Model, sample: Sample) -> Answer:
    started = time.monotonic()
    try:
        answer = await model.answer(sample)
    except InvalidRequest:
        raise
    except ImgdiffError as error:
        answer = Answer(id=sample.id, fault="failed", detail=f"{error.title()} {error.detail}")
    return answer.model_copy(update={"seconds": round(time.monotonic() - started, 3)})
