"""`imgdiff models backends`, and fetching its models from a hub on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imgdiff.backends.catalogue import catalogue
from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from tests.hub_stand_in import COMMIT, Hub, serving

RUNNER = CliRunner()
CLIP = "timm/vit_base_patch32_clip_224.openai"
WEIGHTS = bytes(range(256)) * 64


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving(monkeypatch, tmp_path / "home" / "hub") as found:
        found.repositories[CLIP] = {"open_clip_model.safetensors": WEIGHTS, "pytorch_model.bin": WEIGHTS}
        found.repositories["facebook/sam3"] = {"config.json": b"{}", "model.safetensors": WEIGHTS, "sam3.pt": WEIGHTS}
        found.gated = {"facebook/sam3"}
        yield found


def _run(*arguments: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, ["models", *arguments])
    return result.exit_code, result.stdout if "--json" in arguments else result.output


def test_the_table_names_every_model_and_fits_into_eighty_columns() -> None:
    code, text = _run("backends")

    assert code == ExitCode.OK
    assert max(map(len, text.splitlines())) <= 80
    for model in catalogue().models:
        assert model.hub_name.repository in text
        assert model.licence in text


def test_json_says_which_sizes_are_calculated_and_whether_this_machine_runs_it(hub: Hub) -> None:
    models = {model["name"]: model for model in json.loads(_run("backends", "--json")[1])["models"]}
    blip = models["blip"]

    assert blip["revision"] == "c0273606af96037e7a3b2fb0ff4ae9620b517be6"
    assert (blip["gpu_from"], blip["host_from"]) == ("calculated", "calculated")
    assert models["sam3"]["gated"] is True
    assert models["sdxl-turbo"]["commercial"] is False
    assert all(model["runs_here"] == (model["obstacles"] == []) for model in models.values())


def test_a_model_is_fetched_by_its_name_and_then_listed_as_fetched(hub: Hub) -> None:
    code, text = _run("fetch", "--backend", "clip", "--json")
    [folder] = json.loads(text)["folders"]
    listed = {model["name"]: model["fetched"] for model in json.loads(_run("backends", "--json")[1])["models"]}

    assert code == ExitCode.OK
    assert [path.name for path in Path(folder).iterdir()] == ["open_clip_model.safetensors"]
    assert (listed["clip"], listed["sam3"]) == (True, False)


def test_a_gated_model_says_what_to_accept_and_to_set(hub: Hub) -> None:
    code, text = _run("fetch", "--hub", "facebook/sam3")

    assert code != ExitCode.OK
    assert "accept its licence on its page https://huggingface.co/facebook/sam3, and set HF_TOKEN" in text


def test_what_the_hub_does_not_have_is_named(hub: Hub) -> None:
    hub.repositories["some/words"] = {"README.md": b"words"}
    for name, reason in (
        ("some/other", "the hub has no some/other"),
        (f"{CLIP}@no-such", "has no revision no-such"),
        ("some/words", "nothing that can be loaded"),
        ("../words", "is no `owner/name"),
    ):
        code, text = _run("fetch", "--hub", name)
        assert (code != ExitCode.OK, reason in text) == (True, True), text


def test_an_unknown_backend_is_not_found(hub: Hub) -> None:
    code, text = _run("fetch", "--backend", "nonsense")

    assert code == ExitCode.NOT_FOUND
    assert "flux2_klein" in text


def test_offline_nothing_is_fetched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_OFFLINE", "1")
    code, text = _run("fetch", "--backend", "clip")

    assert code != ExitCode.OK
    assert "IMGDIFF_OFFLINE forbids" in text
    assert hub.requests.total() == 0


def test_without_the_hubs_client_the_extra_is_named_and_the_table_still_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "huggingface_hub"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    code, text = _run("fetch", "--backend", "clip")

    assert code != ExitCode.OK
    assert "pip install 'imgdiff[gpu]'" in text
    assert _run("backends")[0] == ExitCode.OK


def test_the_command_asks_the_hub_that_the_environment_names(hub: Hub, tmp_path: Path) -> None:
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "own")}
    command = [sys.executable, "-m", "imgdiff.cli", "models", "fetch", "--backend", "clip"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(f"snapshots/{COMMIT}")
