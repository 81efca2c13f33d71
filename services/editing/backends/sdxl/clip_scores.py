"""CLIP's scores of generated pairs, from both towers of OpenCLIP."""

from collections.abc import Sequence

import torch
from torch.nn.functional import cosine_similarity

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.generation.candidates import Likeness
from services.gpu.clip import ImageTower, TextTower
from services.gpu.compute import Batches


class ClipScores:
    """See `PairJudge`; only the owner thread uses it."""

    def __init__(self, pictures: ImageTower, words: TextTower, *, use: ModelUse, rows: Batches) -> None:
        self.models: tuple[ModelUse, ...] = (use,)
        self._pictures, self._words = pictures, words
        self._rows = rows

    def __call__(self, pairs: Sequence[tuple[RGB, RGB]], captions: Sequence[tuple[str, str]]) -> list[Likeness]:
        """See `PairJudge`."""
        if not pairs:
            return []
        images = torch.cat(self._rows.run([image for pair in pairs for image in pair], self._pictures))
        texts = torch.cat(self._rows.run([text for pair in captions for text in pair], self._words))
        pictures, words = images.reshape(len(pairs), 2, -1), texts.reshape(len(pairs), 2, -1)
        matches = (pictures * words).sum(-1)
        direction = cosine_similarity(pictures[:, 1] - pictures[:, 0], words[:, 1] - words[:, 0], dim=-1)
        alike = (pictures[:, 0] * pictures[:, 1]).sum(-1)
        table = torch.stack([matches[:, 0], matches[:, 1], direction, alike], 1).tolist()
        return [Likeness(*(round(value, 4) for value in row)) for row in table]
