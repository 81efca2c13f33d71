"""How a CLIP's pixels are normalised: by the file beside its weights, else as its architecture is published."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.constants import INCEPTION_MEAN, OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from safetensors.torch import save_file

import tests.fitting_torchvision
from imgdiff.images import RGB

TORCHVISION = tests.fitting_torchvision.KEPT

from benchmarks.speed.tiny_networks import register_tiny  # noqa: E402
from services.gpu.clip import ImageTower, build_clip  # noqa: E402
from services.gpu.compute import compute_on  # noqa: E402

register_tiny()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Weights of the tiny CLIP alone."""
    save_file(build_clip("tiny", prefix="").state_dict(), tmp_path / "clip.safetensors")
    return tmp_path / "clip.safetensors"


def _shown(file: Path, image: RGB) -> torch.Tensor:
    """What the tower of the tiny CLIP is shown, (3, 32, 32)."""
    model = build_clip("tiny", file, prefix="")
    seen: list[torch.Tensor] = []
    model.visual.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    ImageTower(model, compute_on("cpu", 1))([image], 1)
    return seen[0][0]


def test_a_file_of_siglip_has_siglips_mean_and_sees_the_whole_crop() -> None:
    tower = build_clip("ViT-B-16-SigLIP", prefix="").visual

    assert tower.preprocess_cfg["mean"] == INCEPTION_MEAN
    assert tower.preprocess_cfg["resize_mode"] == "squash"


@pytest.mark.parametrize("name", ["ViT-B-32-quickgelu", "ViT-B-32"])
def test_the_papers_clip_keeps_openais_mean(name: str) -> None:
    tower = build_clip(name, prefix="").visual

    assert tower.preprocess_cfg["mean"] == OPENAI_DATASET_MEAN
    assert tower.preprocess_cfg["resize_mode"] == "shortest"


def test_an_unpublished_architecture_is_normalised_as_openais(file: Path) -> None:
    white = np.full((32, 32, 3), 255, np.uint8)
    expected = (1 - torch.tensor(OPENAI_DATASET_MEAN)) / torch.tensor(OPENAI_DATASET_STD)

    assert torch.allclose(_shown(file, white)[:, 0, 0], expected, atol=1e-5)


def test_the_configuration_beside_the_weights_rules(file: Path) -> None:
    stated = {"mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bilinear", "resize_mode": "squash"}
    file.with_name("open_clip_config.json").write_text(json.dumps({"preprocess_cfg": stated}))
    image = np.zeros((32, 96, 3), np.uint8)
    image[:, :32] = 255  # what the middle does not show
    shown = _shown(file, image)

    assert shown[:, 0, 0].tolist() == [2.0, 2.0, 2.0]
    assert shown[:, 0, -1].tolist() == [-2.0, -2.0, -2.0]


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_broken_configuration_is_refused(file: Path, content: str) -> None:
    file.with_name("open_clip_config.json").write_text(content)
    with pytest.raises(ValueError, match=r"open_clip_config\.json states no preprocess_cfg"):
        build_clip("tiny", file, prefix="")
