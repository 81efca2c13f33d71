"""Folders that hold a network, and folders that do not."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, Dinov2Config, Dinov2Model

from imgdiff.errors import WeightsCorrupt
from services.gpu.pretrained import load_pretrained, model_type
from services.gpu.weights import ModelFolder, model_folder

SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 16, "patch_size": 8}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Dinov2Model(Dinov2Config(**SIZES)).save_pretrained(tmp_path)
    return tmp_path


def _folder(path: Path) -> ModelFolder:
    return model_folder(str(path), "SETTING", stage="detection")


def _load(path: Path) -> Dinov2Model:
    return load_pretrained(Dinov2Model, _folder(path), "SETTING")


def test_all_tensors_are_read_in_full_precision(path: Path) -> None:
    exact = _load(path).state_dict()
    tensors = load_file(path / "model.safetensors")
    save_file({name: value.bfloat16() for name, value in tensors.items()}, path / "model.safetensors", {"format": "pt"})
    read = _load(path).state_dict()

    assert {value.dtype for value in read.values()} == {torch.float32}
    assert all(torch.equal(read[name], value.bfloat16().float()) for name, value in exact.items())


def test_a_lacking_tensor_is_named(path: Path) -> None:
    tensors = load_file(path / "model.safetensors")
    del tensors["layernorm.weight"]
    save_file(tensors, path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match=r"SETTING: .* lacks 1 tensors of Dinov2Model, such as layernorm\.weight"):
        _load(path)


def test_a_tensor_of_another_shape_is_refused(path: Path) -> None:
    config = json.loads((path / "config.json").read_text()) | {"hidden_size": 32}
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"SETTING: .* cannot be loaded as Dinov2Model"):
        _load(path)


def test_half_a_file_is_corrupt(path: Path) -> None:
    whole = (path / "model.safetensors").read_bytes()
    (path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsCorrupt, match=r"SETTING: .*model\.safetensors"):
        _load(path)


def test_a_model_of_another_kind_is_named_with_the_setting_that_takes_it(path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"of the type 'dinov2', not sam or sam2; that is for IMGDIFF_DETECTION_EMBEDDER"
    ):
        model_type(_folder(path), "SETTING", ("sam", "sam2"))


@pytest.mark.parametrize("content", ["[]", "{}"])
def test_a_configuration_without_a_type_is_refused(path: Path, content: str) -> None:
    (path / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"SETTING: config\.json of .* states no model_type"):
        model_type(_folder(path), "SETTING", ("sam",))


def test_another_precision_may_be_wanted(path: Path) -> None:
    read = load_pretrained(AutoModel, _folder(path), "SETTING", dtype="bfloat16")

    assert {one.dtype for one in read.parameters()} == {torch.bfloat16}
