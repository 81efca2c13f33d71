"""Answers stay in their file, whole, and belong to one run."""

from pathlib import Path

import pytest

from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.answers import Answer, AnswerFile, Run
from imgdiff.evaluation.samples import Benchmark, Sample


@pytest.fixture
def benchmark() -> Benchmark:
    return Benchmark("b", "captions", tuple(Sample(str(n), (Path(f"{n}.png"),), "What?") for n in range(3)))


@pytest.fixture
def run(benchmark: Benchmark) -> Run:
    return Run.of(benchmark, "model", joined=False)


def test_what_has_an_answer_is_not_missing_and_a_failed_request_is(
    benchmark: Benchmark, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "answers.jsonl"
    with AnswerFile(path, run) as file:
        file.add(Answer(id="0", text="a dog\n– gone\u2028\x85"))
        file.add(Answer(id="1", fault="failed"))
        file.add(Answer(id="2", fault="refused"))

    with AnswerFile(path, run) as file:
        assert file.missing(benchmark) == ["1"]
        assert file.answers["0"].text == "a dog\n– gone\u2028\x85"
        file.add(Answer(id="1", text="later"))
    with AnswerFile(path, run) as file:
        assert file.missing(benchmark) == []


def test_a_line_that_a_stopped_run_left_in_part_is_cut_off(benchmark: Benchmark, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    with AnswerFile(path, run) as file:
        file.add(Answer(id="0", text="kept"))
    with path.open("a") as written:
        written.write('{"id": "1", "te')

    with AnswerFile(path, run) as file:
        assert file.missing(benchmark) == ["1", "2"]
        file.add(Answer(id="1", text="again"))
    with AnswerFile(path, run) as file:
        assert file.missing(benchmark) == ["2"]


def test_answers_of_another_run_are_refused(benchmark: Benchmark, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    with AnswerFile(path, run):
        pass

    other = Run.of(Benchmark("b", "captions", benchmark.samples[:2]), "model", joined=False)
    for wrong in (Run.of(benchmark, "another", joined=False), Run.of(benchmark, "model", joined=True), other):
        with pytest.raises(InvalidRequest, match="name another --output"):
            AnswerFile(path, wrong).__enter__()


@pytest.mark.parametrize("content", ["something else\n", '{"kept": 1}', "\n", "{}\n{}", "\xff"])
def test_a_file_that_holds_something_else_is_refused_and_stays_as_it_is(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(InvalidRequest, match="holds no answers"):
        AnswerFile(path, run).__enter__()
    assert path.read_bytes() == content.encode("latin-1")


def test_a_run_that_was_stopped_in_its_first_line_starts_anew(benchmark: Benchmark, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(run.model_dump_json()[:9])

    with AnswerFile(path, run) as file:
        assert file.missing(benchmark) == ["0", "1", "2"]
    assert path.read_text() == run.model_dump_json() + "\n"
