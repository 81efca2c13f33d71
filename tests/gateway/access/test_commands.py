"""`imgdiff keys`: the life of a key by commands."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.access.commands import keys
from gateway.access.key_text import parse
from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode

RUNNER = CliRunner()


@pytest.fixture
def place(new_sqlite: str) -> list[str]:
    """The option that names the database."""
    return ["--database", new_sqlite]


def test_a_key_is_printed_once_and_alone(place: list[str]) -> None:
    made = RUNNER.invoke(keys, ["create", "--name", "ci", "--tenant", "acme", "--expires", "90d", *place])
    listed = RUNNER.invoke(keys, ["list", "--json", *place])

    key = parse(made.stdout.strip())
    (shown,) = json.loads(listed.stdout)["keys"]
    assert made.exit_code == 0
    assert (shown["id"], shown["tenant"], shown["name"], shown["scopes"]) == (key.id, "acme", "ci", ["read", "write"])
    assert key.text not in listed.stdout
    assert key.hash not in listed.stdout


def test_a_key_is_rotated_and_revoked(place: list[str]) -> None:
    made = json.loads(RUNNER.invoke(keys, ["create", "--name", "ci", "--scope", "admin", "--json", *place]).stdout)
    id = made["key"]["id"]  # noqa: A001  the field's name
    new = RUNNER.invoke(keys, ["rotate", id, "--overlap", "30m", "--json", *place])
    ended = RUNNER.invoke(keys, ["revoke", id, "--json", *place])
    again = RUNNER.invoke(keys, ["rotate", id, *place])

    assert json.loads(new.stdout)["key"]["scopes"] == ["admin"]
    assert json.loads(ended.stdout)["revoked_at"]
    assert again.exit_code == ExitCode.FAILED
    table = RUNNER.invoke(keys, ["list", *place], env={"COLUMNS": "140"}).stdout
    assert "revoked 2" in table


@pytest.mark.parametrize(
    "arguments",
    [
        ["create"],
        ["create", "--name", "No Capitals"],
        ["create", "--name", "ci\n"],
        ["create", "--name", "ci", "--expires", "soon"],
        ["create", "--name", "ci", "--expires", "0d"],
        ["create", "--name", "ci", "--scope", "everything"],
        ["rotate", "x", "--overlap", "1y"],
        ["quota", "--requests", "1"],
        ["quota", "acme", "--key", "x"],
        ["quota", "No Capitals"],
    ],
)
def test_what_cannot_be_is_a_usage_error(place: list[str], arguments: list[str]) -> None:
    assert RUNNER.invoke(keys, [*arguments, *place]).exit_code == ExitCode.USAGE


def test_a_key_has_quotas_of_its_own_which_its_successor_keeps(place: list[str]) -> None:
    made = json.loads(RUNNER.invoke(keys, ["create", "--name", "ci", "--json", *place]).stdout)
    id = made["key"]["id"]  # noqa: A001  the field's name
    given = RUNNER.invoke(keys, ["quota", "--key", id, "--requests", "60", "--jobs", "3", "--json", *place])
    RUNNER.invoke(keys, ["rotate", id, *place])

    quota = {"requests_per_minute": 60, "upload_bytes_per_day": None, "unfinished_jobs": 3}
    assert json.loads(given.stdout) == {"key": id, **quota}
    listed = json.loads(RUNNER.invoke(keys, ["list", "--json", *place]).stdout)["keys"]
    assert [key["quota"] for key in listed] == [quota, quota]
    assert "60 requests/min" in RUNNER.invoke(keys, ["list", *place], env={"COLUMNS": "200"}).stdout
    assert RUNNER.invoke(keys, ["quota", "--key", "nobody", *place]).exit_code == ExitCode.NOT_FOUND


def test_an_unknown_key_or_database_is_reported(place: list[str]) -> None:
    assert RUNNER.invoke(keys, ["revoke", "nobody", *place]).exit_code == ExitCode.NOT_FOUND
    assert RUNNER.invoke(keys, ["list", "--database", "mysql://x"]).exit_code == ExitCode.BAD_INPUT


def test_the_command_of_imgdiff_passes_everything_on(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    made = RUNNER.invoke(app, ["keys", "create", "--name", "ci", *data])
    listed = RUNNER.invoke(app, ["keys", "list", "--json", *data])

    assert parse(made.stdout.strip()).id == json.loads(listed.stdout)["keys"][0]["id"]
    assert (tmp_path / "imgdiff.db").exists()
    assert "rotate" in RUNNER.invoke(app, ["keys", "--help"]).stdout
