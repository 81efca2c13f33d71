"""What the files beside a network's weights state of its pixels."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from services.gpu.preprocessing import Preprocessing, read_preprocessing

HALVES = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}


def _read(folder: Path, stated: object, file: str = "preprocessor_config.json") -> Preprocessing:
    (folder / file).write_text(json.dumps(stated))
    return read_preprocessing(folder, "SETTING")


@pytest.mark.parametrize(
    ("stated", "height", "width", "shorter"),
    [
        ({"size": {"height": 224, "width": 384}}, 224, 384, None),
        (
            {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True},
            224,
            224,
            256,
        ),
        ({"size": {"shortest_edge": 256}, "crop_size": 224, "do_center_crop": True}, 224, 224, 256),
        (
            {"size": {"height": 64, "width": 64}, "crop_size": {"height": 8, "width": 8}, "do_center_crop": True},
            64,
            64,
            None,
        ),
        ({"size": 64}, 64, 64, 64),
    ],
)
def test_sizes_are_read_as_the_hub_writes_them(
    tmp_path: Path, stated: dict[str, object], height: int, width: int, shorter: int | None
) -> None:
    read = _read(tmp_path, {**HALVES, **stated, "resample": 2})

    assert (read.height, read.width, read.shorter) == (height, width, shorter)
    assert read.resample is Image.Resampling.BILINEAR
    assert read.mean == read.deviation == (0.5, 0.5, 0.5)


def test_the_newer_layout_is_read_too(tmp_path: Path) -> None:
    stated = {"image_processor": {**HALVES, "size": {"height": 8, "width": 8}}, "processor_class": "Sam3Processor"}

    assert _read(tmp_path, stated, "processor_config.json").height == 8


@pytest.mark.parametrize(
    "stated", [{}, {"size": {"height": 8, "width": 8}}, {**HALVES, "size": {}}, {**HALVES, "size": "big"}]
)
def test_what_states_too_little_is_refused(tmp_path: Path, stated: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"SETTING: .* no usable size, mean and deviation"):
        _read(tmp_path, stated)


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"SETTING: .* has no preprocessor_config\.json"):
        read_preprocessing(tmp_path, "SETTING")


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text("{")
    with pytest.raises(ValueError, match=r"SETTING: preprocessor_config\.json is no JSON"):
        read_preprocessing(tmp_path, "SETTING")


def test_a_network_sees_the_middle_or_the_whole() -> None:
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :20] = 255  # the left quarter
    halves = (0.5, 0.5, 0.5)
    whole = Preprocessing(16, 16, halves, halves).fit(image)
    middle = Preprocessing(16, 16, halves, halves, shorter=16).fit(image)

    assert whole[:, 0].min() > 200
    assert middle.max() < 60


def test_pixels_are_normalised_by_channel() -> None:
    made = Preprocessing(1, 1, (0.0, 0.5, 1.0), (1.0, 0.5, 0.25)).normalize(torch.full((1, 1, 1, 3), 255))

    assert made.flatten().tolist() == [1.0, 1.0, 0.0]
