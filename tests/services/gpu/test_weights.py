"""Weights are safetensors, by path or by name on the hub, and known by their digest."""

import hashlib
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from services.gpu.weights import model_folder, pipeline_folder, weight_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, offline, with one file of one commit."""
    snapshot = tmp_path / "models--some--clip" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    save_file({"one": torch.ones(2)}, snapshot / "model.safetensors")
    (snapshot / "model.pth").write_bytes(b"a pickle")
    refs = tmp_path / "models--some--clip" / "refs"
    refs.mkdir()
    (refs / "main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("IMGDIFF_OFFLINE", "true")
    return snapshot


def test_a_file_is_named_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file({"one": torch.ones(2)}, path)
    found = weight_file(str(path), "SETTING", "model.safetensors", stage="detection")

    assert found.use.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.use.stage, found.use.name, found.use.version) == ("detection", "mine.safetensors", "local")
    assert torch.equal(found.tensors()["one"], torch.ones(2))


@pytest.mark.parametrize("name", ["some/clip", f"some/clip@{COMMIT}", "some/clip@main:model.safetensors"])
def test_a_name_on_the_hub_is_found_in_its_cache_and_pinned_to_the_commit(cached: Path, name: str) -> None:
    found = weight_file(name, "SETTING", "model.safetensors", stage="detection")

    assert found.path == cached / "model.safetensors"
    assert (found.use.name, found.use.version) == ("some/clip", COMMIT)


def test_what_the_hub_does_not_have_is_unavailable(cached: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="of some/other"):
        weight_file("some/other", "SETTING", "model.safetensors", stage="detection")


def test_no_name_says_which_setting_is_missing() -> None:
    with pytest.raises(ValueError, match="SETTING must name"):
        weight_file("", "SETTING", "model.safetensors", stage="detection")


@pytest.mark.parametrize("name", ["/no/such.safetensors", "./no/such", "folder/no_such.safetensors", "no_such"])
def test_a_missing_file_is_not_looked_for_on_the_hub(name: str) -> None:
    with pytest.raises(ValueError, match="no file"):
        weight_file(name, "SETTING", "model.safetensors", stage="detection")


def test_a_pickle_is_refused_with_the_advice_that_was_given(tmp_path: Path, cached: Path) -> None:
    path = tmp_path / "sam.pth"
    path.write_bytes(b"a pickle")
    for name in (str(path), "some/clip:model.pth"):
        with pytest.raises(ValueError, match=r"no \.safetensors file; convert it"):
            weight_file(name, "SETTING", "model.safetensors", stage="detection", advice="convert it")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"not one")
    with pytest.raises(WeightsCorrupt, match=r"broken\.safetensors"):
        weight_file(str(path), "SETTING", "model.safetensors", stage="detection").tensors()


def test_a_folder_is_a_model_known_by_the_digests_of_its_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for name in ("a", "b"):
        save_file({"one": torch.ones(2)}, tmp_path / f"{name}.safetensors")
    digest = hashlib.sha256((tmp_path / "a.safetensors").read_bytes()).hexdigest()
    listed = f"{digest}  a.safetensors\n{digest}  b.safetensors\n"
    found = model_folder(str(tmp_path), "SETTING", stage="captioning")

    assert (found.path, found.use.stage, found.use.version) == (tmp_path, "captioning", "local")
    assert found.use.sha256 == hashlib.sha256(listed.encode()).hexdigest()


def test_a_model_on_the_hub_is_found_in_its_cache_and_pinned_to_the_commit(cached: Path) -> None:
    (cached / "config.json").write_text("{}")
    found = model_folder("some/clip", "SETTING", stage="captioning")

    assert (found.use.name, found.use.version) == ("some/clip", COMMIT)
    assert found.use.sha256 == hashlib.sha256((cached / "model.safetensors").read_bytes()).hexdigest()


def test_a_model_that_the_hub_does_not_have_is_unavailable(cached: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="some/other"):
        model_folder("some/other", "SETTING", stage="captioning")


@pytest.mark.parametrize("name", ["", "./no/such", "/no/such", "no_such"])
def test_a_missing_folder_names_its_setting(name: str) -> None:
    with pytest.raises(ValueError, match="SETTING must name a folder"):
        model_folder(name, "SETTING", stage="captioning")


def test_a_folder_of_pickles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ValueError, match=r"nothing else is read"):
        model_folder(str(tmp_path), "SETTING", stage="captioning")


def _pipeline(folder: Path) -> Path:
    """A pipeline of two parts, one of them in two precisions."""
    (folder / "unet").mkdir(parents=True)
    (folder / "vae").mkdir()
    (folder / "model_index.json").write_text("{}")
    for number, name in enumerate(("unet/model", "unet/model.fp16", "vae/model")):
        save_file({"one": torch.full((2,), float(number))}, folder / f"{name}.safetensors")
    return folder


def test_a_pipeline_is_known_by_the_weights_of_all_its_parts(tmp_path: Path) -> None:
    folder = _pipeline(tmp_path / "sdxl")
    digests = [
        hashlib.sha256((folder / f"{name}.safetensors").read_bytes()).hexdigest()
        for name in ("unet/model", "vae/model")
    ]
    listed = f"{digests[0]}  unet/model.safetensors\n{digests[1]}  vae/model.safetensors\n"
    found = pipeline_folder(str(folder), "SETTING", stage="editing")
    half = pipeline_folder(str(folder), "SETTING", stage="editing", variant="fp16")

    assert (found.path, found.use.name, found.use.version) == (folder, "sdxl", "local")
    assert found.use.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    assert half.use.sha256 == hashlib.sha256((folder / "unet/model.fp16.safetensors").read_bytes()).hexdigest()


def test_a_pipeline_on_the_hub_is_found_in_its_cache_and_pinned_to_the_commit(cached: Path) -> None:
    _pipeline(cached / "parts")
    (cached / "parts" / "unet").rename(cached / "unet")
    (cached / "parts" / "model_index.json").rename(cached / "model_index.json")
    found = pipeline_folder("some/clip", "SETTING", stage="editing")

    assert (found.path, found.use.name, found.use.version) == (cached, "some/clip", COMMIT)


def test_a_folder_that_is_no_pipeline_or_lacks_the_variant_is_refused(tmp_path: Path) -> None:
    folder = _pipeline(tmp_path / "sdxl")
    with pytest.raises(ValueError, match="SETTING must name a folder"):
        pipeline_folder("/no/such", "SETTING", stage="editing")
    with pytest.raises(ValueError, match=r"\.bf16\.safetensors"):
        pipeline_folder(str(folder), "SETTING", stage="editing", variant="bf16")
    (folder / "model_index.json").unlink()
    with pytest.raises(ValueError, match=r"no model_index\.json"):
        pipeline_folder(str(folder), "SETTING", stage="editing")
