"""What `imgdiff serve` refuses before it starts anything."""

import json
import os
import socket
from pathlib import Path

from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.local import Layout

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


def test_a_port_that_cannot_be_is_a_usage_error(tmp_path: Path) -> None:
    assert RUNNER.invoke(app, ["serve", "--data", str(tmp_path), "--port", "70000"]).exit_code == ExitCode.USAGE
