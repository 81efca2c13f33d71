"""imgdiff's side of the race, on tiny networks."""

from pathlib import Path

import pytest
import torch

import tests.fitting_torchvision
from benchmarks.peers.pairs import plant_pair

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from transformers import CLIPModel  # noqa: E402

from benchmarks.peers.clip_weights import load_tower  # noqa: E402
from benchmarks.peers.own_generator import OwnGenerator  # noqa: E402
from benchmarks.peers.peer_networks import write  # noqa: E402
from benchmarks.speed.tiny_networks import register_tiny  # noqa: E402
from services.gpu.clip import build_clip  # noqa: E402


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    write(folder, "tiny")
    register_tiny()
    return folder


@pytest.fixture(scope="module")
def own(networks: Path) -> OwnGenerator:
    return OwnGenerator(networks, clip="tiny", device="cpu", threads=1, most_alike=0.999999)


def test_places_that_are_equal_reach_no_network(own: OwnGenerator, tmp_path: Path) -> None:
    own.least_match = 0.0
    one = own.run(plant_pair(tmp_path, seed=1, places=10, differing=1))
    all_ = own.run(plant_pair(tmp_path, seed=2, places=10, differing=20))
    assert one.rows == {"VisionTransformer": 4, "BlipVisionModel": 1, "BlipTextModel": 1}
    assert all_.rows == {"VisionTransformer": 42, "BlipVisionModel": 20, "BlipTextModel": 20}


def test_about_half_of_the_crops_match_at_the_middle_score(own: OwnGenerator, tmp_path: Path) -> None:
    pair = plant_pair(tmp_path, seed=4, places=10, differing=20)
    own.least_match = own.middle_score(pair)
    answer = own.run(pair)
    assert 20 < answer.rows["BlipVisionModel"] < 40
    assert answer.kept == {box for box, score in answer.scores.items() if score >= own.least_match}


def test_both_sides_embed_crops_alike(networks: Path) -> None:
    torch.manual_seed(0)
    pixels = torch.rand(2, 3, 32, 32)
    theirs = CLIPModel.from_pretrained(networks / "clip").eval()
    for layer in theirs.vision_model.encoder.layers:
        layer.mlp.activation_fn = torch.nn.GELU()  # the tiny tower's
    ours = build_clip("tiny", prefix="").visual.eval()
    ours.load_state_dict(load_tower(networks / "clip"))
    with torch.inference_mode():
        expected = theirs.visual_projection(theirs.vision_model(pixels).pooler_output)
        assert torch.allclose(ours(pixels), expected, atol=1e-5)
