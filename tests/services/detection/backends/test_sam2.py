"""SAM 2 as transformers runs it, from the hub's folder."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import Sam2ImageProcessor, Sam2Model

from imgdiff.images import RGB
from services.detection.backends.sam2 import Sam2Network
from services.gpu.compute import Compute
from services.gpu.preprocessing import read_preprocessing
from services.gpu.pretrained import load_pretrained
from services.gpu.weights import model_folder
from tests.services.detection.backends.hub_folders import write_sam2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sam2(tmp_path)


@pytest.fixture
def model(folder: Path) -> Sam2Model:
    """The network for images, from a folder that has the one for videos."""
    return load_pretrained(Sam2Model, model_folder(str(folder), "SETTING", stage="detection"), "SETTING")


def test_a_point_is_decoded_as_transformers_does(
    model: Sam2Model, folder: Path, processor: Compute, photo: RGB
) -> None:
    image, points = np.ascontiguousarray(photo[:128, :128]), np.array([[20.0, 70.0], [100.0, 10.0]])
    theirs = Sam2ImageProcessor.from_pretrained(folder)
    pixels = theirs(Image.fromarray(image), return_tensors="pt")
    with torch.inference_mode():
        answer = model(
            pixel_values=pixels["pixel_values"], input_points=torch.tensor(points, dtype=torch.float32)[None, :, None]
        )
        expected = theirs.post_process_masks(answer.pred_masks, pixels["original_sizes"])[0]
    network = Sam2Network(model, read_preprocessing(folder, "SETTING"), processor)
    encoded = network.encode([image], 1)[0]
    logits, quality = network.decode(encoded, list(points))
    masks = network.enlarge(logits.flatten(0, 1), encoded) > 0

    assert expected.any()
    assert torch.allclose(quality, answer.iou_scores[0], atol=1e-3)
    assert (masks == expected.flatten(0, 1)).float().mean() > 0.999


def test_an_image_is_stretched_as_transformers_does(
    model: Sam2Model, folder: Path, processor: Compute, photo: RGB
) -> None:
    image = np.ascontiguousarray(photo[:300, :200])
    theirs = Sam2ImageProcessor.from_pretrained(folder)(Image.fromarray(image), return_tensors="pt")["pixel_values"][0]
    preprocessing = read_preprocessing(folder, "SETTING")
    ours = preprocessing.normalize(torch.from_numpy(preprocessing.fit(image))[None])[0]

    assert (ours - theirs).abs().max() < 0.05  # two roundings of a grey level: 1 / 255 / 0.225 each
