"""`imgdiff models` over the manifest."""

import json

import pytest
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.weights import manifest

RUNNER = CliRunner()


def test_every_weight_is_listed_with_its_licence() -> None:
    result = RUNNER.invoke(app, ["models", "list", "--json"])

    weights = json.loads(result.stdout)["weights"]
    assert weights
    assert all(weight["licence"] and weight["size"] for weight in weights)


def test_fetch_takes_only_what_the_services_read() -> None:
    services = ("detection", "captioning")
    names = {name: {weights.name for weights in manifest().weights if name in weights.services} for name in services}

    one = RUNNER.invoke(app, ["models", "fetch", "--service", "detection", "--json"])
    both = RUNNER.invoke(app, ["models", "fetch", "--service", "detection", "--service", "captioning", "--json"])

    assert {weight["name"] for weight in json.loads(one.stdout)["weights"]} == names["detection"]
    assert {weight["name"] for weight in json.loads(both.stdout)["weights"]} == set.union(*names.values())
    assert names["detection"] != names["captioning"]


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_a_weight_that_no_manifest_names_is_not_found(command: str) -> None:
    assert RUNNER.invoke(app, ["models", command, "no-such-weight"]).exit_code == ExitCode.NOT_FOUND
