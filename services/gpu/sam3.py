"""SAM 3 (arXiv 2511.16719): the outlines of all that a noun names; an image is encoded once for all its nouns."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate
from transformers import AutoTokenizer, Sam3Model

from imgdiff.images import RGB
from services.gpu.compute import Batches, Compute
from services.gpu.noun_detector import FoundNoun
from services.gpu.preprocessing import Preprocessing, read_preprocessing
from services.gpu.pretrained import load_pretrained, load_tokenizer, model_type
from services.gpu.weights import ModelFolder

TYPES = ("sam3", "sam3_video")
"""The hub's folder has the memory for videos, too."""
_TOKENS = 32  # of a prompt, all padded to as many: the text encoder's positions
_SCORE = 0.5  # of presence in the image times the thing's own, as in SAM 3's own predictor


class Sam3:
    """See `NounDetector`. The score is the probability that the image shows the noun times that of the thing."""

    least_score = _SCORE

    def __init__(
        self, folder: ModelFolder, compute: Compute, setting: str, *, prompts_at_once: int, halved: Callable[[], None]
    ) -> None:
        """Load the folder; raises ValueError naming the setting, or WeightsCorrupt."""
        model_type(folder, setting, TYPES)
        self.models = (folder.use,)
        self._preprocessing: Preprocessing = read_preprocessing(folder.path, setting)
        self._tokenizer: Any = load_tokenizer(AutoTokenizer, folder, setting)
        self.model: Any = compute.place(load_pretrained(Sam3Model, folder, setting), setting)
        self._compute = compute
        self._images = Batches(1, halved)  # one image's features are a hundred megabytes
        self._rows = Batches(prompts_at_once, halved)

    def find(self, questions: Sequence[tuple[RGB, str]]) -> list[list[FoundNoun]]:
        """See `NounDetector`."""
        found: list[list[FoundNoun]] = [[] for _ in questions]
        by_image: dict[int, list[int]] = {}
        for at, (image, _) in enumerate(questions):
            by_image.setdefault(id(image), []).append(at)
        for indices in by_image.values():
            image = questions[indices[0]][0]
            (seen,) = self._images.run([image], self._encode)
            segment = partial(self._segment, seen, image.shape[:2])
            parts = self._rows.run([questions[at][1] for at in indices], segment)
            for at, answer in zip(indices, (one for part in parts for one in part), strict=True):
                found[at] = answer
        return found

    def _encode(self, images: Sequence[RGB], real: int) -> Any:  # noqa: ARG002  one at a time
        pixels = np.stack([self._preprocessing.fit(image) for image in images])
        with self._compute.running():
            batch = self._preprocessing.normalize(torch.from_numpy(pixels).to(self._compute.device))
            return self.model.get_vision_features(batch)

    def _segment(self, seen: Any, size: tuple[int, int], nouns: Sequence[str], real: int) -> list[list[FoundNoun]]:
        text = self._tokenizer(
            list(nouns), padding="max_length", max_length=_TOKENS, truncation=True, return_tensors="pt"
        ).to(self._compute.device)
        with self._compute.running():
            answer = self.model(
                vision_embeds=_repeat(seen, len(nouns)),
                input_ids=text["input_ids"],
                attention_mask=text["attention_mask"],
            )
            scores = answer.pred_logits[:real].float().sigmoid() * answer.presence_logits[:real].float().sigmoid()
            return [_read(*one, size) for one in zip(scores, answer.pred_masks[:real].float(), strict=True)]


def _repeat(seen: Any, times: int) -> Any:
    """One image's features, once for each of its nouns."""
    levels = ("fpn_hidden_states", "fpn_position_encoding")
    repeated = {name: tuple(level.expand(times, -1, -1, -1) for level in seen[name]) for name in levels}
    return replace(seen, **repeated)


def _read(scores: torch.Tensor, logits: torch.Tensor, size: tuple[int, int]) -> list[FoundNoun]:
    """What is found in an image of this size, by scores (Q,) and masks (Q, h, w), one mask enlarged at a time."""
    found = []
    for at in scores.argsort(descending=True, stable=True).tolist():
        if scores[at] <= _SCORE:
            break
        mask = interpolate(logits[at][None, None], size, mode="bilinear", align_corners=False)[0, 0].cpu().numpy() > 0
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            x1, y1, x2, y2 = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
            found.append(FoundNoun((x1, y1, x2, y2), float(scores[at]), mask[y1:y2, x1:x2].copy()))
    return found
