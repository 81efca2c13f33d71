"""Of all that a repository holds only one format and one precision is fetched, and no code."""

import json

import pytest

from imgdiff.backends.hub_names import HubName
from imgdiff.backends.repository import list_files
from imgdiff.backends.selection import folder_files, pipeline_files
from tests.hub_stand_in import Hub

NAME = HubName("some/net")


def _chosen(hub: Hub, *files: str) -> list[str]:
    hub.repositories["some/net"] = dict.fromkeys(files, b"{}")
    return sorted(file.path for file in folder_files(list_files(NAME)))


def test_safetensors_come_before_every_other_format(hub: Hub) -> None:
    formats = ["model.safetensors", "pytorch_model.bin", "tf_model.h5", "model.py", "onnx/model.safetensors", "sam3.pt"]

    assert _chosen(hub, "config.json", "vocab.txt", *formats) == ["config.json", "model.safetensors", "vocab.txt"]


def test_a_checkpoint_is_taken_where_there_is_nothing_else(hub: Hub) -> None:
    assert _chosen(hub, "config.json", "pytorch_model.bin", "tf_model.h5") == ["config.json", "pytorch_model.bin"]


def test_shards_come_with_their_index_and_never_beside_the_whole(hub: Hub) -> None:
    shards = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = "model.safetensors.index.json"

    assert _chosen(hub, *shards, index, "consolidated.safetensors") == [*shards, index]
    assert _chosen(hub, *shards, "model.safetensors", "model.fp16.safetensors") == ["model.safetensors"]


SDXL = {
    "_class_name": "StableDiffusionXLPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "feature_extractor": [None, None],
}
OF_UNET = ["unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors"]


@pytest.mark.parametrize(("variant", "weights"), [("", OF_UNET[0]), ("fp16", OF_UNET[1]), ("auto", OF_UNET[1])])
def test_a_pipeline_brings_its_components_in_one_precision(hub: Hub, variant: str, weights: str) -> None:
    beside = ["model_index.json", "tokenizer/merges.txt", "tokenizer/vocab.json", "unet/config.json"]
    other = ["vae_1_0/model.safetensors", "sd_xl_base_1.0.safetensors", "unet/model.onnx", "unet/old/config.json"]
    hub.repositories["some/net"] = dict.fromkeys([*beside, *other, *OF_UNET], b"{}")
    hub.repositories["some/net"]["model_index.json"] = json.dumps(SDXL).encode()
    found = pipeline_files(list_files(NAME), variant)

    assert sorted(file.path for file in found) == sorted([*beside, weights])


def test_the_whole_precision_is_taken_where_a_component_lacks_the_half(hub: Hub) -> None:
    hub.repositories["some/net"] = {
        "model_index.json": json.dumps(SDXL | {"vae": ["diffusers", "AutoencoderKL"]}).encode(),
        **dict.fromkeys([*OF_UNET, "vae/diffusion_pytorch_model.safetensors"], b"{}"),
    }
    found = [file.path for file in pipeline_files(list_files(NAME), "auto")]

    assert found == ["model_index.json", OF_UNET[0], "vae/diffusion_pytorch_model.safetensors"]
