"""`imgdiff models` over the manifest."""

import json

import pytest
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode

RUNNER = CliRunner()


def test_every_weight_is_listed_with_its_licence() -> None:
    result = RUNNER.invoke(app, ["models", "list", "--json"])

    weights = json.loads(result.stdout)["weights"]
    assert weights
    assert all(weight["licence"] and weight["size"] for weight in weights)


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_a_weight_that_no_manifest_names_is_not_found(command: str) -> None:
    assert RUNNER.invoke(app, ["models", command, "no-such-weight"]).exit_code == ExitCode.NOT_FOUND
