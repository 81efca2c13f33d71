"""Fixtures: tiny random BLIP and CLIP in the place of the large ones, as a folder and a file, and pictures for them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from skimage import data

import tests.fitting_torchvision
from imgdiff.images import RGB

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from open_clip import add_model_config  # noqa: E402
from transformers import BertTokenizer, BlipConfig, BlipForImageTextRetrieval, BlipImageProcessor, BlipProcessor  # noqa: E402
from transformers.utils.logging import disable_progress_bar  # noqa: E402

from services.gpu.clip import build_clip  # noqa: E402
from services.gpu.compute import Compute, compute_on  # noqa: E402

disable_progress_bar()
_WORDS = """
[PAD] [UNK] [CLS] [SEP] [MASK] a an the photo of dog cat on red blue sofa table and with
"""
_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="session")
def processor() -> Compute:
    return compute_on("cpu", 1)


@pytest.fixture(scope="session")
def blip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blip")
    (folder / "vocab.txt").write_text("\n".join(_WORDS.split()))
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    text = {
        **vision,
        "vocab_size": len(_WORDS.split()),
        "encoder_hidden_size": 32,
        "pad_token_id": 0,
        "sep_token_id": 3,
    }
    config = BlipConfig(
        text_config={**text, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3},
        vision_config={**vision, "image_size": 32, "patch_size": 8},
        image_text_hidden_size=16,
    )
    torch.manual_seed(5)
    BlipForImageTextRetrieval(config).save_pretrained(folder)
    images = BlipImageProcessor(size={"height": 32, "width": 32})
    BlipProcessor(images, BertTokenizer(str(folder / "vocab.txt"))).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the architecture `tiny-text`, which OpenCLIP knows from here on."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "tiny-text.json").write_text(json.dumps(_CLIP))
    add_model_config(folder / "tiny-text.json")
    torch.manual_seed(7)
    save_file(build_clip("tiny-text", prefix="").state_dict(), folder / "clip.safetensors")
    return folder / "clip.safetensors"


@pytest.fixture(scope="session")
def pictures() -> list[RGB]:
    """Cuts of a photo, of several shapes down to one pixel high; the first two of one shape."""
    photo = np.ascontiguousarray(data.astronaut(), np.uint8)
    cuts = [photo[:96, :128], photo[200:296, 100:228], photo[200:500, 300:340], photo[:1, :400], photo[9:10, 9:10]]
    return [np.ascontiguousarray(cut) for cut in cuts]
