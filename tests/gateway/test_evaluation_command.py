"""`imgdiff eval --dataset` scores what a gateway holds."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.records import Record
from tests.gateway.exports.dataset import draw_image, store_image, vary

Store = Callable[[Database, Record], Record]
RUNNER = CliRunner()


@pytest.fixture
def url(settings: GatewaySettings, record: Record, store_record: Store, serve) -> str:  # type: ignore[no-untyped-def]
    """A gateway with four records, one of which is a synthesis that removed a cup."""
    served: httpx.Client = serve(create_app(settings))
    database, store = Database(settings.database_url), AssetStore(settings.assets_url)
    sides = [store_image(database, store, draw_image(640, 480, seed)) for seed in range(3)]
    for one in vary(record, *sides):
        store_record(database, one)
    database.close()
    return str(served.base_url)


def test_the_synthesis_is_scored_and_the_uploads_are_not(url: str) -> None:
    result = RUNNER.invoke(app, ["eval", "--dataset", "default", "--url", url, "--json"])

    report = json.loads(result.stdout)
    assert result.exit_code == ExitCode.OK
    assert (report["records"], report["syntheses"]) == (4, 1)
    assert report["operations"]["remove"]["found"] == {"right": 1, "of": 1, "percent": 100.0}
    assert report["operations"]["remove"]["kind"]["percent"] == 100.0


def test_the_table_says_what_was_scored(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = RUNNER.invoke(app, ["eval", "--dataset", "default", "--url", url])

    words = " ".join(result.stdout.split())
    assert "dataset default against its true edits" in words
    assert "1 of 4 records have an exact edit" in words
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_as_many_records_are_scored_as_the_limit_says_and_the_report_is_written(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "scores"
    arguments = ["eval", "--dataset", "default", "--url", url, "--limit", "2", "--output", str(folder), "--json"]
    result = RUNNER.invoke(app, arguments)

    assert result.exit_code == ExitCode.OK, result.output
    assert (json.loads(result.stdout)["records"], json.loads(result.stdout)["limit"]) == (2, 2)
    assert json.loads((folder / "report.json").read_text()) == json.loads(result.stdout)


@pytest.mark.parametrize("option", [("--at-once", "4"), ("--joined",), ("--split", "test"), ("--timeout", "9")])
def test_options_of_models_are_refused_for_a_dataset(url: str, option: tuple[str, ...]) -> None:
    result = RUNNER.invoke(app, ["eval", "--dataset", "default", "--url", url, *option])

    assert (result.exit_code, option[0] in result.output) == (ExitCode.USAGE, True)


def test_an_unknown_dataset_is_not_found(url: str) -> None:
    assert RUNNER.invoke(app, ["eval", "--dataset", "none", "--url", url]).exit_code == ExitCode.NOT_FOUND
