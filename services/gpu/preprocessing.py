"""Preprocessing: how a network wants its pixels, as the files beside its weights state it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from imgdiff.images import RGB

_SMALLEST = 32  # pixels a side of what a detector sees; chosen, not measured
_FILES = ("preprocessor_config.json", "processor_config.json")  # transformers writes the second since version 5


@dataclass(frozen=True)
class Preprocessing:
    """The size that a network sees, and mean and standard deviation of its channels (RGB, of pixels in 0..1).

    With `shorter` an image is brought to that length of its shorter side and its middle is cut out; without, the whole
    image is stretched to the size. With `longest`, too, it may keep its aspect, that long at most.
    """

    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    resample: Image.Resampling = Image.Resampling.BICUBIC
    shorter: int | None = None
    longest: int | None = None

    def fit(self, image: RGB) -> RGB:
        """The image, or its middle, at height x width x 3."""
        box = None if self.shorter is None else self._middle(image.shape[1], image.shape[0], self.shorter)
        return np.array(Image.fromarray(image).resize((self.width, self.height), self.resample, box=box))

    def keep_aspect(self, image: RGB) -> RGB:
        """The whole image, its shorter side as long as `shorter` unless the other would exceed `longest`."""
        sides = image.shape[:2]
        scale = min(
            (self.shorter or min(self.height, self.width)) / min(sides), (self.longest or max(sides)) / max(sides)
        )
        height, width = (max(_SMALLEST, round(length * scale)) for length in sides)
        return np.array(Image.fromarray(image).resize((width, height), self.resample))

    def _middle(self, width: int, height: int, shorter: int) -> tuple[float, float, float, float]:
        """The part that would be left of an enlarged image, which for 1 x 4000 pixels would take gigabytes."""
        whole = [shorter * length // min(width, height) for length in (width, height)]
        seen = (self.width, self.height)
        left, top = (round((length - part) / 2) for length, part in zip(whole, seen, strict=True))
        across, down = width / whole[0], height / whole[1]
        right, bottom = (left + self.width) * across, (top + self.height) * down
        return max(0.0, left * across), max(0.0, top * down), min(right, width), min(bottom, height)

    def normalize(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (N, height, width, 3) in 0..255 as the network's input (N, 3, height, width)."""
        mean, deviation = (torch.tensor(values, device=pixels.device) for values in (self.mean, self.deviation))
        return ((pixels.float() / 255 - mean) / deviation).permute(0, 3, 1, 2)


def read_preprocessing(folder: Path, setting: str) -> Preprocessing:
    """What the folder of a transformers model states; raises ValueError naming the setting where it states nothing."""
    stated = _read(folder, setting)
    try:
        return _parse(stated)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{setting}: {folder.name} states no usable size, mean and deviation: {error!r}") from error


def _read(folder: Path, setting: str) -> Mapping[str, Any]:
    for file in _FILES:
        try:
            stated = json.loads((folder / file).read_text())
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise ValueError(f"{setting}: {file} is no JSON: {error}") from error
        images: Mapping[str, Any] = stated.get("image_processor", stated)
        return images
    raise ValueError(f"{setting}: {folder.name} has no {_FILES[0]}, which states how images are normalised")


def _parse(stated: Mapping[str, Any]) -> Preprocessing:
    size = stated["size"] if isinstance(stated["size"], dict) else {"shortest_edge": int(stated["size"])}
    shorter = size.get("shortest_edge")
    seen = stated["crop_size"] if stated.get("do_center_crop") and shorter else size
    if isinstance(seen, int):
        seen = {"height": seen, "width": seen}
    height, width = (int(seen[side] if side in seen else size["shortest_edge"]) for side in ("height", "width"))
    mean, deviation = (tuple(float(value) for value in stated[f"image_{name}"]) for name in ("mean", "std"))
    resample = Image.Resampling(stated.get("resample", Image.Resampling.BICUBIC))
    return Preprocessing(height, width, mean, deviation, resample, shorter, size.get("longest_edge"))
