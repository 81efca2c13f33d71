"""Images and what the networks take for them, request by request."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch

from imgdiff.images import RGB
from services.editing.generation.instruct.pairs import ImageRequest

Encoded = TypeVar("Encoded")


def to_pixels(image: RGB, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """1 x 3 x H x W, -1..1, of an image (H x W x 3)."""
    levels = torch.from_numpy(np.ascontiguousarray(image)).to(device)
    return (levels.permute(2, 0, 1)[None].float() / 127.5 - 1).to(dtype)


def image_of(request: ImageRequest) -> RGB:
    """The request's image; raises ValueError where it has none."""
    if request.image is None:
        raise ValueError("this model edits images; the request has none")
    return request.image


def encode_each(encode: Callable[[ImageRequest], Encoded], requests: Sequence[ImageRequest]) -> list[Encoded]:
    """One result for each request, made once for those that only fill up a batch."""
    known: dict[int, Encoded] = {}
    for request in requests:
        if id(request) not in known:
            known[id(request)] = encode(request)
    return [known[id(request)] for request in requests]
