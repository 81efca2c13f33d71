"""Weights are safetensors, by path or by name on the hub, and known by their digest."""

import hashlib
import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from services.gpu.weights import model_folder, pipeline_folder, weight_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cached(hub_cache: Path) -> Path:
    """One file of one commit in the hub's cache."""
    snapshot = hub_cache / "models--some--clip" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    save_file({"one": torch.ones(2)}, snapshot / "model.safetensors")
    for reference in ("main", "refs/pr/5"):
        path = hub_cache / "models--some--clip" / "refs" / reference
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(COMMIT)
    return snapshot


def test_a_file_is_named_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file({"one": torch.ones(2)}, path)
    found = weight_file(str(path), "SETTING", "model.safetensors", stage="detection")

    assert found.use.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.use.stage, found.use.name, found.use.version) == ("detection", "mine.safetensors", "local")
    assert torch.equal(found.tensors()["one"], torch.ones(2))


@pytest.mark.parametrize(
    "name", ["some/clip", f"some/clip@{COMMIT}", "some/clip@main:model.safetensors", "some/clip@refs/pr/5"]
)
def test_a_name_on_the_hub_is_found_in_its_cache_and_pinned_to_the_commit(cached: Path, name: str) -> None:
    found = weight_file(name, "SETTING", "model.safetensors", stage="detection")

    assert found.path == cached / "model.safetensors"
    assert (found.use.name, found.use.version) == ("some/clip", COMMIT)


def test_what_the_hub_does_not_have_is_unavailable(cached: Path) -> None:
    with pytest.raises(WeightsUnavailable, match=r"SETTING: some/other is not available: .* IMGDIFF_OFFLINE"):
        weight_file("some/other", "SETTING", "model.safetensors", stage="detection")
    with pytest.raises(WeightsUnavailable, match=r"SETTING: other\.safetensors of some/clip is not available"):
        weight_file("some/clip:other.safetensors", "SETTING", "model.safetensors", stage="detection")


def test_no_name_says_which_setting_is_missing() -> None:
    with pytest.raises(ValueError, match="SETTING must name"):
        weight_file("", "SETTING", "model.safetensors", stage="detection")


@pytest.mark.parametrize("name", ["/no/such.safetensors", "./no/such", "folder/no_such.safetensors", "no_such"])
def test_a_missing_file_is_not_looked_for_on_the_hub(name: str) -> None:
    with pytest.raises(ValueError, match="no file"):
        weight_file(name, "SETTING", "model.safetensors", stage="detection")


def test_a_checkpoint_is_converted_once_and_known_by_its_own_digest(tmp_path: Path) -> None:
    path = tmp_path / "sam.pth"
    torch.save({"one": torch.ones(2)}, path)
    found = weight_file(str(path), "SETTING", "", stage="detection")
    written = found.path.stat().st_mtime_ns
    again = weight_file(str(path), "SETTING", "", stage="detection")

    assert torch.equal(found.tensors()["one"], torch.ones(2))
    assert found.use.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (again.path, again.path.stat().st_mtime_ns) == (found.path, written)


def test_what_is_neither_safetensors_nor_a_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"a network")
    with pytest.raises(ValueError, match=r"SETTING: net\.onnx is no \.safetensors file and no checkpoint"):
        weight_file(str(path), "SETTING", "", stage="detection")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    save_file({"one": torch.ones(200)}, path)
    for content in (b"not one", b"", path.read_bytes()[:-1], path.read_bytes()[:20]):
        path.write_bytes(content)
        with pytest.raises(WeightsCorrupt, match=r"SETTING: .*broken\.safetensors is (truncated|no safetensors file)"):
            weight_file(str(path), "SETTING", "model.safetensors", stage="detection")


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.float8_e4m3fn])
def test_quantised_weights_are_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    path = tmp_path / "small.safetensors"
    save_file({"layer.weight": torch.ones(4, 4).to(dtype)}, path)
    with pytest.raises(ValueError, match=r"SETTING: small\.safetensors holds layer\.weight as .* quantised"):
        weight_file(str(path), "SETTING", "model.safetensors", stage="detection")


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


def test_a_folder_with_a_checkpoint_is_converted_once_with_all_that_is_beside_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "vocab.txt").write_text("a\nb")
    torch.save({"one": torch.ones(2)}, tmp_path / "pytorch_model.bin")
    found = model_folder(str(tmp_path), "SETTING", stage="captioning")

    assert {"config.json", "vocab.txt", "model.safetensors"} <= {path.name for path in found.path.iterdir()}
    assert found.use.sha256 == hashlib.sha256((tmp_path / "pytorch_model.bin").read_bytes()).hexdigest()
    assert model_folder(str(tmp_path), "SETTING", stage="captioning") == found


@pytest.mark.parametrize("files", [[], ["training_args.bin"]])
def test_a_folder_without_weights_is_refused(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "config.json").write_text("{}")
    for file in files:
        torch.save({}, tmp_path / file)
    with pytest.raises(ValueError, match=r"SETTING: .* nothing else is read"):
        model_folder(str(tmp_path), "SETTING", stage="captioning")


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    save_file({"one": torch.ones(2)}, tmp_path / "model-00001-of-00002.safetensors")
    shards = {"one": "model-00001-of-00002.safetensors", "two": "model-00002-of-00002.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(WeightsCorrupt, match=r"SETTING: .* half fetched: model-00002-of-00002\.safetensors missing"):
        model_folder(str(tmp_path), "SETTING", stage="captioning")


def test_a_quantised_model_is_refused_by_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"quantization_config": {"bits": 4}}))
    with pytest.raises(ValueError, match=r"SETTING: .* is quantised"):
        model_folder(str(tmp_path), "SETTING", stage="captioning")


def test_a_digest_is_kept_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.safetensors"

    def digest() -> str:
        return weight_file(str(path), "SETTING", "", stage="detection").use.sha256

    save_file({"one": torch.ones(2)}, path)
    first = digest()
    save_file({"one": torch.zeros(2)}, path)
    second, state = digest(), path.stat()
    save_file({"one": torch.full((2,), 3.0)}, path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    kept = digest()
    monkeypatch.setenv("IMGDIFF_VERIFY_WEIGHTS", "true")

    assert second != first
    assert kept == second  # equal path, size and time: only a full check sees the change
    assert digest() == hashlib.sha256(path.read_bytes()).hexdigest()


def _pipeline(folder: Path, *names: str) -> Path:
    """A pipeline of two parts, one of them in two precisions, and a folder that belongs to no part."""
    (folder / "unet").mkdir(parents=True)
    (folder / "vae").mkdir()
    (folder / "vae_1_0").mkdir()
    parts = {"_class_name": "Some", "unet": ["diffusers", "U"], "vae": ["diffusers", "V"], "encoder": [None, None]}
    (folder / "model_index.json").write_text(json.dumps(parts))
    for number, name in enumerate(("unet/model", "unet/model.fp16", "vae/model", "vae_1_0/model", *names)):
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
    auto = pipeline_folder(str(folder), "SETTING", stage="editing", variant="auto")

    assert (found.path, found.use.name, found.use.version) == (folder, "sdxl", "local")
    assert found.use.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    assert (auto.use.sha256, auto.variant) == (found.use.sha256, "")
    assert half.variant == "fp16"
    assert half.use.sha256 == hashlib.sha256((folder / "unet/model.fp16.safetensors").read_bytes()).hexdigest()


def test_the_half_precision_is_taken_where_all_parts_have_it(tmp_path: Path) -> None:
    folder = _pipeline(tmp_path / "sdxl", "vae/model.fp16")
    auto = pipeline_folder(str(folder), "SETTING", stage="editing", variant="auto")

    assert auto == pipeline_folder(str(folder), "SETTING", stage="editing", variant="fp16")


def test_a_pipeline_on_the_hub_is_found_in_its_cache_and_pinned_to_the_commit(cached: Path) -> None:
    _pipeline(cached)
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
