"""Answers of a model, kept as lines of JSON, so that a second run asks only for what is missing."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import ValidationError

from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.samples import Benchmark
from imgdiff.frozen import Frozen


class Answer(Frozen):
    """One answer: its text; or a refusal, which is final; or a failed request, which a later run makes again."""

    id: str
    text: str = ""
    fault: Literal["refused", "failed"] | None = None
    detail: str | None = None
    seconds: float = 0.0


class Run(Frozen):
    """What the answers of one file belong to."""

    benchmark: str
    model: str
    joined: bool
    questions: str

    @classmethod
    def of(cls, benchmark: Benchmark, model: str, *, joined: bool) -> Self:
        """The run; `questions` is a digest of every prompt, since answers to other questions are no answers."""
        asked = [(sample.id, sample.prompt, [image.name for image in sample.images]) for sample in benchmark.samples]
        digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        return cls(benchmark=benchmark.name, model=model, joined=joined, questions=digest)


@dataclass
class AnswerFile:
    """The file of one run. Each answer is one line, written at once; of two with one id the later counts."""

    path: Path
    run: Run
    answers: dict[str, Answer] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self._read()
        self._file = self.path.open("a", encoding="utf-8")
        if self._file.tell() == 0:
            self._write(self.run.model_dump_json())
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def add(self, answer: Answer) -> None:
        """Keep an answer."""
        self.answers[answer.id] = answer
        self._write(answer.model_dump_json())

    def missing(self, benchmark: Benchmark) -> list[str]:
        """Ids of samples without an answer, in order; a failed request is no answer."""
        return [one.id for one in benchmark.samples if not _is_final(self.answers.get(one.id))]

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()

    def _read(self) -> None:
        """Read the lines that are whole, then cut off the last one where a stopped run left a part of it."""
        written = self.path.read_bytes()
        *lines, part = written.split(b"\n")
        started = not lines and self.run.model_dump_json().encode().startswith(part)
        try:
            run = self.run if started else Run.model_validate_json((lines or [part])[0])
            self.answers |= _latest(lines[1:])
        except ValidationError as error:
            raise InvalidRequest(f"{self.path} holds no answers of imgdiff eval; name another --output") from error
        if run != self.run:
            raise InvalidRequest(
                f"{self.path} holds answers of {run.model} on {run.benchmark}, or to other questions; "
                "name another --output"
            )
        if part:
            os.truncate(self.path, len(written) - len(part))


def _latest(lines: list[bytes]) -> Mapping[str, Answer]:
    return {answer.id: answer for answer in map(Answer.model_validate_json, lines)}


def _is_final(answer: Answer | None) -> bool:
    return answer is not None and answer.fault != "failed"
