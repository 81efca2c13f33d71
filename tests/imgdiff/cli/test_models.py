"""`imgdiff models` over whatever manifest is installed."""

import importlib
import json

import pytest
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode

RUNNER = CliRunner()
HAS_MANIFEST = hasattr(importlib.import_module("imgdiff.models"), "status")


@pytest.mark.skipif(HAS_MANIFEST, reason="this installation has a manifest")
@pytest.mark.parametrize("command", ["list", "fetch", "verify"])
def test_without_a_manifest_the_weights_are_unavailable(command: str) -> None:
    result = RUNNER.invoke(app, ["models", command, "--json"])

    assert result.exit_code == ExitCode.UNAVAILABLE
    assert "no weight manifest" in json.loads(result.stdout)["detail"]


@pytest.mark.skipif(not HAS_MANIFEST, reason="this installation has no manifest")
def test_every_weight_is_listed_with_its_licence() -> None:
    result = RUNNER.invoke(app, ["models", "list", "--json"])

    weights = json.loads(result.stdout)["weights"]
    assert weights
    assert all(weight["licence"] and weight["size"] for weight in weights)


@pytest.mark.skipif(not HAS_MANIFEST, reason="this installation has no manifest")
@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_a_weight_that_no_manifest_names_is_not_found(command: str) -> None:
    assert RUNNER.invoke(app, ["models", command, "no-such-weight"]).exit_code == ExitCode.NOT_FOUND
