"""CLIP's judgement of generated pairs: `Likeness`, from both towers of OpenCLIP."""

from collections.abc import Callable, Sequence

import numpy as np
import open_clip
import torch

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.prompt_to_prompt.candidates import Likeness
from services.gpu.clip import squared
from services.gpu.compute import Batches, Compute


class ClipScores:
    """See `PairJudge`; only the owner thread uses it. Of a caption 77 tokens are read."""

    def __init__(
        self, model: open_clip.CLIP, tokenizer: Callable[[list[str]], torch.Tensor], compute: Compute, *,
        use: ModelUse, rows: Batches,
    ) -> None:  # fmt: skip
        self.models: tuple[ModelUse, ...] = (use,)
        self._model = model.to(compute.device).eval()
        self._tokenizer = tokenizer
        self._compute = compute
        self._side = model.visual.image_size[0]
        self._mean = torch.tensor(model.visual.image_mean, device=compute.device)
        self._deviation = torch.tensor(model.visual.image_std, device=compute.device)
        self._rows = rows

    def __call__(self, pairs: Sequence[tuple[RGB, RGB]], captions: Sequence[tuple[str, str]]) -> list[Likeness]:
        """See `PairJudge`."""
        if not pairs:
            return []
        images = torch.cat(self._rows.run([image for pair in pairs for image in pair], self._pictures))
        texts = torch.cat(self._rows.run([text for pair in captions for text in pair], self._words))
        pictures, words = images.reshape(len(pairs), 2, -1), texts.reshape(len(pairs), 2, -1)
        fits = (pictures * words).sum(-1)
        turned = _cosines(pictures[:, 1] - pictures[:, 0], words[:, 1] - words[:, 0])
        alike = (pictures[:, 0] * pictures[:, 1]).sum(-1)
        table = torch.stack([fits[:, 0], fits[:, 1], turned, alike], 1).tolist()
        return [Likeness(*(round(value, 4) for value in row)) for row in table]

    def _pictures(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        pixels = np.stack([squared(crop, self._side) for crop in crops])
        with self._compute.running():
            batch = torch.from_numpy(pixels).to(self._compute.device).float() / 255
            batch = ((batch - self._mean) / self._deviation).permute(0, 3, 1, 2)
            return _unit(self._model.encode_image(batch)[:real])

    def _words(self, texts: Sequence[str], real: int) -> torch.Tensor:
        with self._compute.running():
            tokens = self._tokenizer(list(texts)).to(self._compute.device)
            return _unit(self._model.encode_text(tokens)[:real])


def _unit(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows.float(), dim=-1).cpu()


def _cosines(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """0 where one of them does not change at all."""
    return torch.nn.functional.cosine_similarity(one, other, dim=-1)
