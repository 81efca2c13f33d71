"""What `imgdiff serve` refuses before it starts anything."""

import json
import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.local import Layout
from imgdiff.local.ports import free_ports

RUNNER = CliRunner()


def test_a_second_set_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with Layout(tmp_path).owned():
        result = RUNNER.invoke(app, ["serve", "--data", str(tmp_path)])

    assert result.exit_code == ExitCode.FAILED
    assert f"another imgdiff serve (process {os.getpid()}) runs on {tmp_path}" in result.stderr


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = RUNNER.invoke(app, ["serve", "--data", str(tmp_path), "--port", port, "--json"])

    assert result.exit_code == ExitCode.FAILED
    assert f"cannot listen on 127.0.0.1:{port}" in json.loads(result.stdout)["detail"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.invalid"])  # noqa: S104  what must not be opened
def test_an_address_that_others_reach_is_refused_without_a_key(tmp_path: Path, host: str) -> None:
    result = RUNNER.invoke(app, ["serve", "--data", str(tmp_path), "--port", str(free_ports(1)[0]), "--host", host])

    assert not list((tmp_path / "redis").iterdir())  # nothing was started
    if host == "example.invalid":
        assert result.exit_code == ExitCode.FAILED  # no such address of this machine
    else:
        assert result.exit_code == ExitCode.NOT_ALLOWED
        assert f"other machines can reach {host}, and there is no API key" in result.stderr
        assert "start with --insecure" in result.stderr


def test_a_port_that_cannot_be_is_a_usage_error(tmp_path: Path) -> None:
    assert RUNNER.invoke(app, ["serve", "--data", str(tmp_path), "--port", "70000"]).exit_code == ExitCode.USAGE
