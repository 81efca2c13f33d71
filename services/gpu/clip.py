"""CLIP (OpenCLIP): a network by its name and weights, and crops at the size it sees; ViT-B/32 is the paper's (15.3)."""

from pathlib import Path

import numpy as np
import open_clip
from PIL import Image
from safetensors import SafetensorError

from imgdiff.errors import WeightsCorrupt
from imgdiff.images import RGB


def build_clip(name: str, weights: Path | None = None, *, prefix: str) -> open_clip.CLIP:
    """A CLIP of OpenCLIP's list, random without a safetensors file; `prefix` is that of the service's settings.

    Raises ValueError for an unknown name or another model's weights, WeightsCorrupt for a broken file.
    """
    if name not in open_clip.list_models():
        raise ValueError(f"unknown {prefix}CLIP_MODEL {name!r}; `open_clip.list_models()` has the known ones")
    file = None if weights is None else str(weights)
    try:
        return open_clip.create_model(name, pretrained=file, load_weights=file is not None, pretrained_text=False)
    except SafetensorError as error:
        raise WeightsCorrupt(f"{weights} is no safetensors file: {error}") from error
    except RuntimeError as error:
        raise ValueError(f"{prefix}CLIP_WEIGHTS are not of the model {name}: {error}") from error


def squared(crop: RGB, side: int) -> RGB:
    """The middle of a crop at side x side, bicubic: the pixels that OpenCLIP's own transform would make.

    That one enlarges first and cuts then, which for a crop of 1 x 4000 pixels would take gigabytes.
    """
    height, width = crop.shape[:2]
    whole = [side * length // min(height, width) for length in (width, height)]
    starts = [round((length - side) / 2) for length in whole]
    left, right = (edge * width / whole[0] for edge in (starts[0], starts[0] + side))
    top, bottom = (edge * height / whole[1] for edge in (starts[1], starts[1] + side))
    box = (left, top, min(right, width), min(bottom, height))
    return np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.BICUBIC, box=box))
