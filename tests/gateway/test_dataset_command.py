"""`imgdiff datasets` and both clients against a gateway: versions, tags, deletion, clean-up."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff import AsyncClient, Client
from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.errors import Conflict, InvalidRequest, NotFound
from imgdiff.records import Record

RUNNER = CliRunner()


@pytest.fixture
def stored(
    settings: GatewaySettings, record: Record, store_record: Callable[[Database, Record], Record]
) -> list[Record]:
    """Two records in the dataset `default` of a running gateway."""
    database = Database(settings.database_url)
    kept = [store_record(database, one) for one in (record, record.model_copy(update={"confidence": 0.1}))]
    database.close()
    return kept


@pytest.fixture(autouse=True)
def _address(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_URL", str(client.base_url))
    monkeypatch.setenv("COLUMNS", "80")


def _run(*arguments: str, says: str | None = None) -> tuple[int, str]:
    result = RUNNER.invoke(app, ["datasets", *arguments], input=says)
    return result.exit_code, result.stdout


def test_a_dataset_is_tagged_frozen_shown_and_exported_by_version(client: httpx.Client, stored: list[Record]) -> None:
    assert _run("tag", "default", "kitchen", "[bold]", "--description", "cups " * 40)[0] == ExitCode.OK
    assert _run("tag", "default", "--description", "short")[1] == "default: [bold], kitchen\n"
    frozen = _run("freeze", "default", "v1", "--json")[1]
    client.delete(f"/v1/records/{stored[0].id}")
    code, shown = _run("show", "default")
    exported = RUNNER.invoke(app, ["export", "default", "--version", "v1", "--min-confidence", "0.5"]).stdout

    assert code == ExitCode.OK
    assert all(word in shown for word in ("[bold], kitchen", "short", "v1", json.loads(frozen)["digest"][:12]))
    assert max(map(len, shown.splitlines())) <= 80
    assert _run("list")[1] == "default: 2 records [[bold], kitchen]\n"
    assert [json.loads(line)["id"] for line in exported.splitlines()] == [stored[0].id]
    assert [one["name"] for one in json.loads(_run("show", "default", "--json")[1])["versions"]] == ["v1"]


def test_the_quality_is_drawn_and_told_as_json(client: httpx.Client, stored: list[Record]) -> None:
    with Client(str(client.base_url)) as other:
        for reviewer in ("anna", "[ben]"):
            other.reviews.add(other.record(stored[0].id), state="accepted", reviewer=reviewer)

    code, drawn = _run("quality", "default", "--precision", "0.9")

    assert code == ExitCode.OK
    assert all(word in drawn for word in ("2 records", "accepted 1", "[ben] and anna agree on 100 % of 1", "needs 30"))
    assert max(map(len, drawn.splitlines())) <= 80
    assert json.loads(_run("quality", "default", "--json")[1])["overall"]["right"] == 1
    assert _run("quality", "nothing")[0] != ExitCode.OK


def test_a_dataset_is_deleted_when_that_was_meant(stored: list[Record]) -> None:
    _run("freeze", "default", "v1")

    assert _run("delete", "default", says="n\n")[0] != ExitCode.OK
    assert _run("delete", "default", "--yes")[0] == ExitCode.FAILED  # the version holds it
    assert _run("delete", "default", "--version", "v1")[1] == "deleted default v1\n"
    assert _run("delete", "default", says="y\n")[0] == ExitCode.OK
    assert _run("show", "default")[0] == ExitCode.NOT_FOUND
    assert _run("prune")[1] == "deleted 0 images, 0.0 MB\n"


@pytest.mark.parametrize("command", ["list", "show", "tag", "freeze", "delete", "prune"])
def test_the_help_fits_the_terminal(command: str) -> None:
    assert max(map(len, _run(command, "--help")[1].splitlines())) <= 80


def test_both_clients_do_the_same(client: httpx.Client, stored: list[Record]) -> None:
    async def act() -> list[object]:
        async with AsyncClient(str(client.base_url)) as other:
            made = await other.create_dataset("made", tags=["b", "a"])
            changed = await other.change_dataset("made", description="new")
            frozen = await other.freeze("default", "v1")
            with pytest.raises(Conflict):
                await other.delete_record(stored[0].id)
            listed = [one async for one in other.versions("default")]
            found = [one.id async for one in other.records("default", label="dog", min_confidence=0.5, version="v1")]
            await other.delete_version("default", "v1")
            await other.delete_record(stored[1].id)
            await other.delete_dataset("made")
            return [made.tags, changed.description, listed == [frozen], found, await other.prune_assets()]

    with Client(str(client.base_url)) as imgdiff:
        made = imgdiff.create_dataset("mine", tags=["b", "a"])
        changed = imgdiff.change_dataset("mine", description="new")
        frozen = imgdiff.freeze("default", "v0")
        assert imgdiff.version("default", "v0") == frozen
        listed = list(imgdiff.versions("default"))
        found = [one.id for one in imgdiff.records("default", label="dog", min_confidence=0.5, version="v0")]
        imgdiff.delete_version("default", "v0")
        imgdiff.delete_dataset("mine")
        with pytest.raises(NotFound):
            imgdiff.dataset("mine")
        with pytest.raises(InvalidRequest):
            imgdiff.freeze("default", "Not a name")
        same = [made.tags, changed.description, listed == [frozen], found, imgdiff.prune_assets()]

    assert asyncio.run(act()) == same
    assert same[:4] == [("a", "b"), "new", True, [stored[0].id]]
