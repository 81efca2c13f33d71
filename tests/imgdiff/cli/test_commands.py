"""The commands against a small gateway: what they print, where, and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.errors import Overloaded, StageFailed

RUNNER = CliRunner()


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    """Two files that the small gateway takes for images."""
    paths = [tmp_path / "before.png", tmp_path / "after.png"]
    for path in paths:
        path.write_bytes(path.name.encode())
    return [str(path) for path in paths]


@pytest.fixture(autouse=True)
def _address(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_URL", gateway.url)
    monkeypatch.setenv("COLUMNS", "140")


def test_compare_prints_verdict_caption_and_kept_regions(pair: list[str]) -> None:
    result = RUNNER.invoke(app, ["compare", *pair])

    assert result.exit_code == ExitCode.OK
    assert "different: The dog is gone from the lawn." in result.stdout
    for words in ("10,20,110,220", "removed", "The dog is gone.", "0.61", "crops 0.39", "1 further proposal dropped"):
        assert words in result.stdout


def test_compare_as_json_prints_the_record_and_nothing_else(pair: list[str]) -> None:
    result = RUNNER.invoke(app, ["compare", *pair, "--json"])

    assert json.loads(result.stdout)["verdict"] == "different"
    assert result.stderr == ""


def test_progress_is_noted_where_no_terminal_shows_it(pair: list[str]) -> None:
    result = RUNNER.invoke(app, ["compare", *pair])

    assert ": 50%, " in result.stderr or ": 100%, succeeded" in result.stderr
    assert "%, " not in result.stdout


def test_options_reach_the_gateway(gateway: Any, pair: list[str]) -> None:
    arguments = ["--policy", "curate", "--max-regions", "3", "--no-align", "--threshold", "region.overlap=0.4"]
    result = RUNNER.invoke(app, ["compare", *pair, *arguments])

    assert result.exit_code == ExitCode.OK
    options = {"policy": "curate", "max_regions": 3, "align": False, "thresholds": {"region.overlap": 0.4}}
    (sent,) = [line for line in gateway.bodies[0].splitlines() if line.startswith(b"{")]
    assert options.items() <= json.loads(sent).items()


def test_an_image_may_come_from_stdin(gateway: Any, pair: list[str]) -> None:
    result = RUNNER.invoke(app, ["compare", "-", pair[1]], input=b"from stdin")

    assert result.exit_code == ExitCode.OK
    assert b"from stdin" in gateway.bodies[0]
    assert RUNNER.invoke(app, ["compare", "-", "-"], input=b"one").exit_code == ExitCode.USAGE


def test_the_preview_is_saved_in_the_format_of_its_name(gateway: Any, pair: list[str], tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["compare", *pair, "--preview", str(tmp_path / "answer.webp")])

    assert str(tmp_path / "answer.webp") in result.stdout
    assert (tmp_path / "answer.webp").read_bytes().startswith(b"\x89PNG")
    assert gateway.seen[-1].headers["Accept"] == "image/webp"


@pytest.mark.parametrize(
    "arguments", [["--preview", "answer.gif"], ["--threshold", "region.overlap"], ["--no-such-option"]]
)
def test_a_wrong_command_line_is_reported_before_anything_is_sent(
    gateway: Any, pair: list[str], arguments: list[str]
) -> None:
    result = RUNNER.invoke(app, ["compare", *pair, *arguments])

    assert result.exit_code == ExitCode.USAGE
    assert gateway.seen == []


def test_without_a_gateway_compare_names_the_command_that_starts_one(pair: list[str], nobody: str) -> None:
    result = RUNNER.invoke(app, ["compare", *pair, "--url", nobody])

    assert result.exit_code == ExitCode.UNAVAILABLE
    assert f"no response from {nobody}" in result.stderr
    assert "imgdiff serve" in result.stderr
    assert result.stdout == ""


def test_what_is_no_image_is_bad_input_and_names_the_field(pair: list[str]) -> None:
    Path(pair[0]).write_bytes(b"not an image")

    for_people = RUNNER.invoke(app, ["compare", *pair])
    for_machines = RUNNER.invoke(app, ["compare", *pair, "--json"])

    assert for_people.exit_code == for_machines.exit_code == ExitCode.BAD_INPUT
    assert "/image1" in for_people.stderr
    assert json.loads(for_machines.stdout)["errors"][0]["pointer"] == "/image1"


def test_a_file_that_is_not_there_is_bad_input(pair: list[str], tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["compare", str(tmp_path / "none.png"), pair[1]])

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "none.png cannot be read" in result.stderr


@pytest.mark.parametrize(
    ("ends_as", "code"),
    [("failed", ExitCode.FAILED), ("cancelled", ExitCode.NOT_IN_TIME), ("expired", ExitCode.NOT_IN_TIME)],
)
def test_the_exit_code_reflects_how_the_job_ended(gateway: Any, pair: list[str], ends_as: str, code: ExitCode) -> None:
    gateway.ends_as, gateway.error = ends_as, StageFailed("detection failed 3 times")

    assert RUNNER.invoke(app, ["compare", *pair]).exit_code == code


def test_a_job_that_takes_too_long_is_not_in_time(gateway: Any, pair: list[str]) -> None:
    gateway.events_work, gateway.polls_until_end = False, 10_000

    assert RUNNER.invoke(app, ["compare", *pair, "--timeout", "0.3"]).exit_code == ExitCode.NOT_IN_TIME


def test_no_capacity_is_unavailable(gateway: Any, pair: list[str]) -> None:
    gateway.fails(Overloaded("the queue is full"), retry_after="3600")

    result = RUNNER.invoke(app, ["compare", *pair])

    assert result.exit_code == ExitCode.UNAVAILABLE
    assert "the queue is full" in result.stderr


def test_synthesize_shows_the_records_and_saves_their_pictures(
    gateway: Any, pair: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["synthesize", pair[0], "--operation", "remove", "--seed", "7"]
    for_people, for_machines = RUNNER.invoke(app, arguments), RUNNER.invoke(app, [*arguments, "--json"])

    assert "pair 1  made: The dog is gone from the lawn." in for_people.stdout
    assert "1 of 1 pairs became records" in for_people.stdout
    assert [path.read_bytes()[:4] for path in tmp_path.glob("pairs-of-*/*.png")] == [b"\x89PNG"]
    assert json.loads(for_machines.stdout)["state"] == "succeeded"
    assert b'name="seed"\r\n\r\n7' in gateway.bodies[0]


def test_an_operation_that_does_not_exist_is_bad_input(pair: list[str]) -> None:
    result = RUNNER.invoke(app, ["synthesize", pair[0], "--operation", "explode"])

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "'remove'" in result.stderr


def test_jobs_are_listed_shown_watched_and_cancelled(gateway: Any, pair: list[str]) -> None:
    for _ in range(3):
        RUNNER.invoke(app, ["compare", *pair])
    newest = gateway.jobs[-1]

    listed = RUNNER.invoke(app, ["jobs", "list", "--limit", "2", "--json"]).stdout.splitlines()
    shown = RUNNER.invoke(app, ["jobs", "show", newest])
    watched = RUNNER.invoke(app, ["jobs", "watch", newest, "--json"]).stdout.splitlines()
    cancelled = RUNNER.invoke(app, ["jobs", "cancel", newest])

    assert [json.loads(line)["id"] for line in listed] == gateway.jobs[:0:-1]
    assert f"{newest}  difference-captions  succeeded" in shown.stdout
    assert [json.loads(line)["job"]["state"] for line in watched] == ["queued", "running", "running", "succeeded"]
    assert cancelled.exit_code == ExitCode.OK
    assert gateway.cancelled == [newest]


def test_an_unknown_job_is_not_found() -> None:
    assert RUNNER.invoke(app, ["jobs", "show", "job_" + "f" * 32]).exit_code == ExitCode.NOT_FOUND


def test_an_export_goes_to_a_file_or_to_stdout(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"

    written = RUNNER.invoke(app, ["export", "default", "--format", "jsonl", "--output", str(path), "--json"])
    printed = RUNNER.invoke(app, ["export", "default"])

    assert json.loads(written.stdout)["bytes"] == path.stat().st_size == 20
    assert printed.stdout == path.read_text()


def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["export", "other", "--output", str(tmp_path / "records.jsonl")])

    assert result.exit_code == ExitCode.NOT_FOUND
    assert list(tmp_path.iterdir()) == []


def test_the_help_lists_every_exit_code() -> None:
    result = RUNNER.invoke(app, ["--help"])

    for code in ExitCode:
        assert str(int(code)) in result.stdout
    assert "Exit codes" in result.stdout


def test_the_version_is_printed() -> None:
    assert RUNNER.invoke(app, ["--version"]).stdout == "0.1.0\n"


def test_doctor_tells_a_gateway_whose_jobs_wait_from_one_that_is_not_there(gateway: Any) -> None:
    gateway.degraded = True

    findings = json.loads(RUNNER.invoke(app, ["doctor", "--json"]).stdout)["findings"]

    (found,) = [finding for finding in findings if finding["what"] == "gateway"]
    assert (found["state"], found["detail"]) == (
        "note",
        f"takes jobs on {gateway.url}, but they wait: {gateway.url}/readyz says for what",
    )


def test_doctor_names_what_it_looked_at(gateway: Any) -> None:
    result = RUNNER.invoke(app, ["doctor", "--json"])

    examination = json.loads(result.stdout)
    states = {finding["what"]: finding["state"] for finding in examination["findings"]}
    assert states["python"] == states["redis-server"] == states["gateway"] == states["extra detection"] == "ok"
    assert states["GPU"] == "ok"  # one that is missing, too
    assert result.exit_code == (ExitCode.OK if examination["healthy"] else ExitCode.FAILED)
