"""Matcher `blip`: BLIP's image-text retrieval network (arXiv 2201.12086) for a caption on its crop.

The network has two scores on two scales. `itc` is the cosine of picture and text, which the authors used and for which
the paper's 0.4 holds; `itm` is the probability of a head that reads both, which Data-Juicer's operator uses. The
similarity of two captions is CLIP's, as in the paper.
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from PIL import Image
from transformers import AutoProcessor, BlipForImageTextRetrieval

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.gpu.compute import Batches, Compute
from services.gpu.weights import ModelFolder
from services.matching.limits import BLIP_THRESHOLDS, BLIP_TOKENS
from services.matching.text_matcher import TextMatcher

Mode = Literal["itc", "itm"]


class BlipMatcher:
    """See `TextMatcher`; only the owner thread uses it."""

    def __init__(
        self,
        model: BlipForImageTextRetrieval,
        processor: Any,
        compute: Compute,
        captions: TextMatcher,
        *,
        mode: Mode,
        use: ModelUse,
        rows: Batches,
    ) -> None:
        self.mode = mode
        self.models = (use.model_copy(update={"name": f"{use.name} ({mode})"}), *captions.models)
        self.calibrated = {**captions.calibrated, **BLIP_THRESHOLDS[mode]}
        self._model = model.to(compute.device).eval()
        self._processor = processor
        self._compute = compute
        self._captions = captions
        self._rows = rows

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """See `TextMatcher`: -1..1 for `itc`, 0..1 for `itm`."""
        rows = list(zip(crops, texts, strict=True))
        return [score for part in self._rows.run(rows, self._scores) for score in part]

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> Sequence[float]:
        """See `TextMatcher`."""
        return self._captions.alike(texts1, texts2)

    def _scores(self, rows: Sequence[tuple[RGB, str]], real: int) -> list[float]:
        made = self._processor(
            images=[Image.fromarray(crop) for crop, _ in rows],
            text=[text for _, text in rows],
            padding="max_length",
            max_length=BLIP_TOKENS,
            truncation=True,
            return_tensors="pt",
        ).to(self._compute.device)
        with self._compute.running():
            seen = self._model.vision_model(pixel_values=made["pixel_values"]).last_hidden_state
            text = {"input_ids": made["input_ids"], "attention_mask": made["attention_mask"]}
            scores = self._cosines(seen, text) if self.mode == "itc" else self._probabilities(seen, text)
        found: list[float] = scores[:real].float().cpu().tolist()
        return found

    def _cosines(self, seen: torch.Tensor, text: dict[str, torch.Tensor]) -> torch.Tensor:
        read = self._model.text_encoder(**text).last_hidden_state[:, 0]
        pictures = torch.nn.functional.normalize(self._model.vision_proj(seen[:, 0]).float(), dim=-1)
        words = torch.nn.functional.normalize(self._model.text_proj(read).float(), dim=-1)
        return (pictures * words).sum(-1)

    def _probabilities(self, seen: torch.Tensor, text: dict[str, torch.Tensor]) -> torch.Tensor:
        everywhere = torch.ones(seen.shape[:-1], dtype=torch.long, device=seen.device)
        read = self._model.text_encoder(**text, encoder_hidden_states=seen, encoder_attention_mask=everywhere)
        odds: torch.Tensor = self._model.itm_head(read.last_hidden_state[:, 0])
        return odds.float().softmax(-1)[:, 1]


def load_blip(
    folder: ModelFolder, setting: str, compute: Compute, captions: TextMatcher, *, mode: Mode, rows: Batches
) -> BlipMatcher:
    """The network of a folder; raises ValueError naming the setting where it is no such network."""
    given = {"trust_remote_code": False, "local_files_only": True}
    try:
        processor = AutoProcessor.from_pretrained(folder.path, **given)
        model = BlipForImageTextRetrieval.from_pretrained(folder.path, use_safetensors=True, **given)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{setting}: {folder.use.name} cannot be loaded: {error}") from error
    return BlipMatcher(model, processor, compute, captions, mode=mode, use=folder.use, rows=rows)
