"""Decoding of points, which all networks of the SAM family do alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from services.detection.backends.automatic_masks import EncodedImage, Points
from services.gpu.compute import Compute


def decode_points(
    model: Any, compute: Compute, image: EncodedImage, points: Sequence[Points], **features: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """See `PointNetwork.decode`; `features` are what the network's decoder takes beside the coarsest."""
    with torch.inference_mode():  # in full precision: bfloat16 would move a point by several pixels
        places = torch.from_numpy(np.stack(points).astype(np.float32)).to(compute.device)[None, :, None]
        labels = torch.ones(places.shape[:3], dtype=torch.int, device=places.device)
        sparse, dense = model.prompt_encoder(places, labels, None, None)
        positions = model.get_image_wide_positional_embeddings()
    with compute.running():
        logits, quality = model.mask_decoder(
            image_embeddings=image.features[-1],
            image_positional_embeddings=positions,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
            **features,
        )[:2]
    return logits[0].float(), quality[0].float()
