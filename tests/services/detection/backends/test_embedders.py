"""What every embedder keeps: on tiny random weights, and the embedded one as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from open_clip import image_transform
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from PIL import Image
from safetensors.torch import save_file
from transformers import BitImageProcessorPil, DINOv3ViTImageProcessor, SiglipImageProcessorPil

from imgdiff.errors import WeightsCorrupt
from imgdiff.images import RGB
from services.detection.backends.embedder import TowerEmbedder
from services.detection.feature_extractor import Embedder
from services.gpu.clip import ImageTower, build_clip
from services.gpu.compute import Compute
from services.gpu.image_towers import Tower, load_tower
from services.gpu.preprocessing import Preprocessing
from services.gpu.weights import model_folder
from services.networks.classifier import Classifier
from services.networks.embedding import CropEmbedder
from tests.services.detection.backends.hub_folders import write_embedder


@pytest.fixture(scope="module", params=["open_clip", "embedded", "siglip2", "siglip2-naflex", "dinov2", "dinov3"])
def backend(request: pytest.FixtureRequest, processor: Compute, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    if request.param == "embedded":
        return CropEmbedder(Classifier(1), 1)
    if request.param == "open_clip":
        torch.manual_seed(7)
        tower: Tower = ImageTower(build_clip("tiny", prefix=""), processor)
    else:
        tower = _tower(tmp_path_factory.mktemp(request.param), request.param, processor)
    return TowerEmbedder(tower, crops_at_once=4, halved=pytest.fail)


def _tower(path: Path, kind: str, compute: Compute) -> Tower:
    folder = model_folder(str(write_embedder(path, kind)), "SETTING", stage="detection")
    return load_tower(kind.partition("-")[0], folder, compute, "SETTING")


def test_rows_have_unit_length_and_keep_the_order(backend: Embedder, pictures: list[RGB]) -> None:
    rows = backend.embed(pictures)

    assert len(rows) == len(pictures)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(backend.embed(pictures[::-1])[::-1], rows, atol=1e-6)
    assert not np.allclose(rows[0], rows[1], atol=1e-5)  # random towers see little


def test_a_crop_is_embedded_alike_whoever_shares_the_batch(backend: Embedder, pictures: list[RGB]) -> None:
    together = backend.embed(pictures)
    alone = np.concatenate([backend.embed([picture]) for picture in pictures])

    assert np.allclose(together, alone, atol=1e-6)


def test_no_crops_have_no_rows(backend: Embedder) -> None:
    assert len(backend.embed([])) == 0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 4000), (4000, 1)])
def test_any_shape_gets_a_row(backend: Embedder, height: int, width: int) -> None:
    assert np.isfinite(backend.embed([np.full((height, width, 3), 255, np.uint8)])).all()


def test_open_clips_rows_are_bit_for_bit_the_same_whoever_shares_the_batch(
    embedder: TowerEmbedder, pictures: list[RGB]
) -> None:
    together = embedder.embed(pictures)

    assert all(np.array_equal(embedder.embed([one])[0], row) for one, row in zip(pictures, together, strict=True))


@pytest.mark.parametrize("side", [32, 224])
def test_a_crop_is_brought_to_size_as_open_clip_does(pictures: list[RGB], photo: RGB, side: int) -> None:
    theirs = image_transform((side, side), is_train=False, mean=(0, 0, 0), std=(1, 1, 1))
    ours = Preprocessing(side, side, (0, 0, 0), (1, 1, 1), shorter=side)
    for picture in (*pictures, np.ascontiguousarray(photo[3:336, 10:345])):
        expected = theirs(Image.fromarray(picture)).permute(1, 2, 0).numpy() * 255

        assert np.abs(ours.fit(picture) - expected).max() <= 2  # it rounds between its two steps


@pytest.mark.parametrize(
    ("kind", "processor_class"),
    [("siglip2", SiglipImageProcessorPil), ("dinov2", BitImageProcessorPil), ("dinov3", DINOv3ViTImageProcessor)],
)
def test_a_tower_is_given_what_its_own_processor_would_give_it(
    tmp_path: Path, processor: Compute, pictures: list[RGB], kind: str, processor_class: Any
) -> None:
    tower = _tower(tmp_path, kind, processor)
    seen: list[torch.Tensor] = []
    tower.model.register_forward_pre_hook(lambda _, __, given: seen.append(given["pixel_values"]), with_kwargs=True)
    TowerEmbedder(tower, crops_at_once=1, halved=pytest.fail).embed(pictures[:1])
    expected = processor_class.from_pretrained(tmp_path)(Image.fromarray(pictures[0]), return_tensors="pt")

    assert (seen[0] - expected["pixel_values"]).abs().max() < 0.1  # two roundings, some on floats: 5 grey levels


@pytest.mark.parametrize(("kind", "name"), [("dinov2", "siglip2"), ("siglip2", "dinov3"), ("dinov3", "dinov2")])
def test_a_folder_of_another_tower_is_refused_with_the_setting_that_takes_it(
    tmp_path: Path, processor: Compute, kind: str, name: str
) -> None:
    folder = model_folder(str(write_embedder(tmp_path, kind)), "SETTING", stage="detection")
    with pytest.raises(ValueError, match=f"SETTING: .* not .*; that is for IMGDIFF_DETECTION_EMBEDDER={kind}"):
        load_tower(name, folder, processor, "SETTING")


def test_defect_open_clip_sees_red_where_the_crop_is_red(clip: open_clip.CLIP, embedder: TowerEmbedder) -> None:
    seen: list[torch.Tensor] = []
    clip.visual.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    embedder.embed([red])
    channels = seen[0][0].mean((1, 2))

    assert channels[0] > 0 > channels[1]
    assert channels[2] < 0


def test_open_clips_tower_is_given_what_its_own_transform_would_give_it(
    clip: open_clip.CLIP, embedder: TowerEmbedder, pictures: list[RGB]
) -> None:
    seen: list[torch.Tensor] = []
    clip.visual.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    embedder.embed(pictures[:1])
    theirs = image_transform((32, 32), is_train=False, mean=OPENAI_DATASET_MEAN, std=OPENAI_DATASET_STD)

    assert torch.allclose(seen[0][0], theirs(Image.fromarray(pictures[0])), atol=1e-5)


def test_open_clip_out_of_memory_goes_on_with_half_the_batch_and_the_same_rows(
    processor: Compute, embedder: TowerEmbedder, pictures: list[RGB]
) -> None:
    def refuse(_: torch.nn.Module, given: tuple[torch.Tensor]) -> None:
        if len(given[0]) > 2:
            raise torch.OutOfMemoryError("too many rows")

    torch.manual_seed(7)
    model, halved = build_clip("tiny", prefix=""), []
    model.visual.register_forward_pre_hook(refuse)
    small = TowerEmbedder(ImageTower(model, processor), crops_at_once=8, halved=lambda: halved.append(1))

    assert np.allclose(small.embed(pictures), embedder.embed(pictures), atol=1e-6)
    assert len(halved) == 2


def test_an_unknown_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="CLIP_MODEL"):
        build_clip("ViT-nonsense", prefix="")


def test_weights_of_another_clip_are_refused(tmp_path: Path) -> None:
    save_file({"visual.proj": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="CLIP_WEIGHTS"):
        build_clip("tiny", tmp_path / "other.safetensors", prefix="")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"not one")
    with pytest.raises(WeightsCorrupt, match=r"broken\.safetensors"):
        build_clip("tiny", tmp_path / "broken.safetensors", prefix="")


def test_the_weights_of_a_file_are_the_ones_that_embed(
    weights: Callable[[str], Path], embedder: TowerEmbedder, processor: Compute, pictures: list[RGB]
) -> None:
    torch.manual_seed(8)
    tower = ImageTower(build_clip("tiny", weights("clip"), prefix=""), processor)
    loaded = TowerEmbedder(tower, crops_at_once=4, halved=pytest.fail)

    assert np.array_equal(loaded.embed(pictures), embedder.embed(pictures))  # both hold the weights of seed 7


def test_open_clip_in_bfloat16_sees_nearly_the_same_whoever_shares_the_batch(
    weights: Callable[[str], Path], processor: Compute, pictures: list[RGB]
) -> None:
    exact, fast = (
        TowerEmbedder(
            ImageTower(build_clip("tiny", weights("clip"), prefix=""), processor, bfloat16=bfloat16),
            crops_at_once=2,
            halved=pytest.fail,
        )
        for bfloat16 in (False, True)
    )
    rows = fast.embed(pictures)

    assert rows.dtype == np.float32
    assert np.allclose(rows @ rows.T, exact.embed(pictures) @ exact.embed(pictures).T, atol=0.01)
    assert not np.array_equal(rows, exact.embed(pictures))
    assert all(np.array_equal(fast.embed([one])[0], row) for one, row in zip(pictures, rows, strict=True))
