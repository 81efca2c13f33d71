"""SAM 2 (arXiv 2408.00714), and the tracker of SAM 3, which is built alike: masks at points of a stretched image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate
from transformers import Sam2Model, Sam3TrackerModel

from imgdiff.images import RGB
from services.detection.backends.automatic_masks import EncodedImage, Points
from services.detection.backends.point_decoder import decode_points
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
        finer = list(image.features[:-1])
        return decode_points(self._model, self._compute, image, points, high_resolution_features=finer)

    def enlarge(self, logits: torch.Tensor, image: EncodedImage) -> torch.Tensor:
        """See `PointNetwork`."""
        return interpolate(logits[:, None], image.original, mode="bilinear", align_corners=False)[:, 0]
