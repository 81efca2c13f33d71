"""`imgdiff eval` against a model's server and the small gateway."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.drawing.evaluations import draw_edits
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.evaluation.edits import score_records
from imgdiff.records import Edit, Operation, Record, Source
from tests.conftest import Loopback
from tests.imgdiff.evaluation.chat_server import serve
from tests.imgdiff.evaluation.conftest import choices, mmvp, spotted

__all__ = ["choices", "mmvp", "spotted"]  # fixtures
RUNNER = CliRunner()
GOLDEN = Path(__file__).parents[3] / "contracts" / "record.json"


@pytest.fixture(autouse=True)
def _address(gateway: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMGDIFF_URL", gateway.url)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def _eval(*arguments: str | Path) -> tuple[int, str]:
    result = RUNNER.invoke(app, ["eval", *map(str, arguments)])
    return result.exit_code, result.stdout + result.stderr


def test_a_model_is_scored_and_the_report_written(loopback: Loopback, mmvp: Path) -> None:
    with serve(loopback) as server:
        code, output = _eval("mmvp", mmvp, "--server", server.url, "--model", "m", "--key", "secret")

    assert code == ExitCode.OK
    assert "m on mmvp" in output
    assert "questions" in output
    assert "4 of 4 answered" in output
    assert all(len(line) <= 80 for line in output.splitlines())
    assert server.keys == ["Bearer secret"] * 4
    report = json.loads(Path("evaluation/report.json").read_text())
    assert report["choices"]["questions"] == {"right": 2, "of": 4, "percent": 50.0}
    assert "secret" not in Path("evaluation/report.json").read_text() + Path("evaluation/answers.jsonl").read_text()


def test_figures_fit_into_eighty_columns(loopback: Loopback, spotted: Path) -> None:
    with serve(loopback) as server:
        arguments = ("spot-the-diff", spotted, "--server", server.url, "--model", "m")
        code, output = _eval(*arguments)
        _, document = _eval(*arguments, "--json")

    assert code == ExitCode.OK
    assert "CIDEr-D" in output
    assert all(len(line) <= 80 for line in output.splitlines())
    assert json.loads(document)["figures"][3]["name"] == "CIDEr-D"


def test_without_a_server_the_gateways_captioner_answers(gateway: Any, spotted: Path) -> None:
    code, output = _eval("spot-the-diff", spotted, "--output", "ours", "--json")

    answers = [json.loads(line) for line in Path("ours/answers.jsonl").read_text().splitlines()[1:]]
    assert code == ExitCode.OK
    assert {answer["text"] for answer in answers} == {"The dog is gone from the lawn."}
    assert (json.loads(output)["model"], json.loads(output)["server"]) == ("imgdiff", None)
    assert all(b"eval-spot-the-diff" in body for body in gateway.bodies if b"image1" in body)


def test_the_captioner_answers_no_questions(mmvp: Path) -> None:
    code, output = _eval("mmvp", mmvp)

    assert code == ExitCode.BAD_INPUT
    assert "name a model with --server" in output


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("mmvp",),
        ("mmvp", ".", "--dataset", "d"),
        ("mmvp", ".", "--server", "http://h/v1"),
        ("mmvp", ".", "--model", "m"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert _eval(*arguments)[0] == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("vqa", "."), ExitCode.BAD_INPUT, "no layout 'vqa'"),
        (("mmvp", "."), ExitCode.NOT_FOUND, "holds none of: Questions.csv"),
    ],
)
def test_a_missing_benchmark_is_reported(arguments: tuple[str, ...], code: ExitCode, message: str) -> None:
    found, output = _eval(*arguments)

    assert found == code
    assert message in " ".join(output.split())


def test_an_address_that_is_none_is_reported(mmvp: Path) -> None:
    code, output = _eval("mmvp", mmvp, "--server", "localhost:8000", "--model", "m")

    assert code == ExitCode.BAD_INPUT
    assert "--server is no http address" in " ".join(output.split())


def test_a_datasets_table_fits_into_eighty_columns() -> None:
    golden = Record.model_validate_json(GOLDEN.read_bytes())
    edits = [Edit(operation=one, box=golden.regions[0].box, before="dog", seed=1) for one in Operation]  # type: ignore[arg-type]
    records = [golden.model_copy(update={"source": Source(kind="synthesis", edit=edit)}) for edit in edits]
    console = Console(width=80, record=True, file=None)

    draw_edits(score_records("made", records), console)

    lines = console.export_text().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert sum(operation.value in line for operation in Operation for line in lines) >= len(Operation)
    assert "Nobody has reviewed" in " ".join(lines)
