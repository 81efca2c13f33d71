"""SAM 2 (arXiv 2408.00714), and the tracker of SAM 3, which is built alike: masks at points of a stretched image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate
from transformers import Sam2Model, Sam3TrackerModel

from imgdiff.images import RGB
from services.detection.backends.automatic_masks import EncodedImage, Points
from services.gpu.compute import Compute
from services.gpu.preprocessing import Preprocessing


class Sam2Network:
    """See `PointNetwork`. An image is stretched to the whole square."""

    def __init__(self, model: Sam2Model | Sam3TrackerModel, preprocessing: Preprocessing, compute: Compute) -> None:
        self._model: Any = compute.place(model).eval()
        self.side: int = model.config.prompt_encoder_config.image_size
        self._preprocessing = preprocessing
        self._compute = compute

    def encode(self, images: Sequence[RGB], real: int) -> list[EncodedImage]:
        """See `PointNetwork`."""
        pixels = np.stack([self._preprocessing.fit(image) for image in images])
        with self._compute.running():
            batch = self._preprocessing.normalize(torch.from_numpy(pixels).to(self._compute.device))
            levels = [level[:real].float() for level in self._model.get_image_embeddings(batch)]
        return [
            EncodedImage(tuple(level[at : at + 1] for level in levels), image.shape[:2], (self.side, self.side))
            for at, image in enumerate(images[:real])
        ]

    def decode(self, image: EncodedImage, points: Sequence[Points]) -> tuple[torch.Tensor, torch.Tensor]:
        """See `PointNetwork`."""
        model = self._model
        with torch.inference_mode():  # in full precision: bfloat16 would move a point by several pixels
            places = torch.from_numpy(np.stack(points).astype(np.float32)).to(self._compute.device)[None, :, None]
            labels = torch.ones(places.shape[:3], dtype=torch.int, device=places.device)
            sparse, dense = model.prompt_encoder(places, labels, None, None)
            positions = model.get_image_wide_positional_embeddings()
        with self._compute.running():
            logits, quality = model.mask_decoder(
                image_embeddings=image.features[-1],
                image_positional_embeddings=positions,
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=True,
                high_resolution_features=list(image.features[:-1]),
            )[:2]
        return logits[0].float(), quality[0].float()

    def enlarge(self, logits: torch.Tensor, image: EncodedImage) -> torch.Tensor:
        """See `PointNetwork`."""
        return interpolate(logits[:, None], image.original, mode="bilinear", align_corners=False)[:, 0]
