"""MM-Grounding-DINO (arXiv 2401.02361): boxes of any noun; one noun a prompt, or one would change another's score."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import ceil, floor
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, MMGroundingDinoForObjectDetection

from imgdiff.images import RGB
from services.gpu.compute import Batches, Compute
from services.gpu.noun_detector import FoundNoun
from services.gpu.preprocessing import Preprocessing, read_preprocessing
from services.gpu.pretrained import load_pretrained, load_tokenizer, model_type
from services.gpu.weights import ModelFolder

_TOKENS = 16  # of a prompt, all padded to as many; chosen
_SCORE = 0.3  # as MMDetection's demo for these weights (pred_score_thr); not measured
_Row = tuple[RGB, tuple[int, int], str]


class GroundingDino:
    """See `NounDetector`. Images of one shape share batches of one size."""

    least_score = _SCORE

    def __init__(
        self, folder: ModelFolder, compute: Compute, setting: str, *, prompts_at_once: int, halved: Callable[[], None]
    ) -> None:
        """Load the folder; raises ValueError naming the setting, or WeightsCorrupt."""
        model_type(folder, setting, ("mm-grounding-dino",))
        self.models = (folder.use,)
        self._preprocessing: Preprocessing = read_preprocessing(folder.path, setting)
        self._tokenizer: Any = load_tokenizer(AutoTokenizer, folder, setting)
        self._model: Any = compute.place(load_pretrained(MMGroundingDinoForObjectDetection, folder, setting), setting)
        self._compute = compute
        self._rows = Batches(prompts_at_once, halved)

    def find(self, questions: Sequence[tuple[RGB, str]]) -> list[list[FoundNoun]]:
        """See `NounDetector`."""
        shown = {id(image): self._preprocessing.keep_aspect(image) for image, _ in questions}
        by_shape: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for at, (image, _) in enumerate(questions):
            by_shape[shown[id(image)].shape].append(at)
        found: list[list[FoundNoun]] = [[] for _ in questions]
        for indices in by_shape.values():
            rows = [(shown[id(image)], image.shape[:2], noun) for image, noun in (questions[at] for at in indices)]
            parts = self._rows.run(rows, self._detect)
            for at, answer in zip(indices, (one for part in parts for one in part), strict=True):
                found[at] = answer
        return found

    def _detect(self, rows: Sequence[_Row], real: int) -> list[list[FoundNoun]]:
        device = self._compute.device
        text = self._tokenizer(
            [f"{noun.lower()}." for _, _, noun in rows],
            padding="max_length",
            max_length=_TOKENS,
            truncation=True,
            return_token_type_ids=True,
            return_tensors="pt",
        ).to(device)
        with self._compute.running():
            pixels = torch.from_numpy(np.stack([shown for shown, _, _ in rows])).to(device)
            answer = self._model(pixel_values=self._preprocessing.normalize(pixels), **text)
        scores = answer.logits[:real].float().sigmoid().amax(-1).cpu()
        boxes = answer.pred_boxes[:real].float().cpu()
        return [
            _read(*one, size) for one, (_, size, _) in zip(zip(scores, boxes, strict=True), rows[:real], strict=True)
        ]


def _read(scores: torch.Tensor, boxes: torch.Tensor, size: tuple[int, int]) -> list[FoundNoun]:
    """What is found in an image of this size, by scores (Q,) and boxes (Q, 4): centre and size as shares, 0..1."""
    height, width = size
    found = []
    for at in scores.argsort(descending=True, stable=True).tolist():
        if scores[at] <= _SCORE:
            break
        x, y, across, down = boxes[at].tolist()
        x1, y1 = max(0, floor((x - across / 2) * width)), max(0, floor((y - down / 2) * height))
        x2, y2 = min(width, ceil((x + across / 2) * width)), min(height, ceil((y + down / 2) * height))
        if x1 < x2 and y1 < y2:
            found.append(FoundNoun((x1, y1, x2, y2), float(scores[at])))
    return found
