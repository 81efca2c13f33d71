"""Matcher `blip`: BLIP's image-text retrieval network (arXiv 2201.12086) for a caption or a noun on its crop.

The network has two scores on two scales. `itc` is the cosine of picture and text, which the authors used and for which
the paper's 0.35 and 0.4 hold; `itm` is the probability of a head that reads both, which Data-Juicer's operator uses.
The similarity of two captions is CLIP's, as in the paper.
"""

from collections.abc import Mapping, Sequence
from types import MethodType
from typing import Any, Literal

import torch
from PIL import Image
from transformers import AutoProcessor, BlipForImageTextRetrieval
from transformers.models.blip.modeling_blip import BlipAttention

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.english.exchange import ExchangedNouns
from services.gpu.compute import Batches, Compute, Dtype
from services.gpu.pretrained import load_pretrained, model_type
from services.gpu.weights import ModelFolder
from services.matching.limits import BLIP_THRESHOLDS, BLIP_TOKENS, NOUN_TOKENS, REMEMBERED_VECTORS
from services.matching.object_matcher import Crop
from services.matching.text_matcher import TextMatcher

Mode = Literal["itc", "itm"]


class BlipScorer:
    """See `ObjectMatcher`; only the owner thread uses it. `rows` are crops, and texts, that run at once.

    For `itc` a crop goes through the vision encoder and a text through the text encoder once each, whatever they are
    matched with, and texts are remembered. `fast` computes in bfloat16.
    """

    looks_around = False

    def __init__(
        self,
        model: BlipForImageTextRetrieval,
        processor: Any,
        compute: Compute,
        *,
        mode: Mode,
        use: ModelUse,
        rows: Batches,
        fast: bool = False,
    ) -> None:
        self.mode = mode
        self.models: tuple[ModelUse, ...] = (use.model_copy(update={"name": f"{use.name} ({mode})"}),)
        self.calibrated: Mapping[str, float] = BLIP_THRESHOLDS[mode]
        self._model = compute.place(model).eval()
        self._processor = processor
        self._compute = compute
        self._rows = rows
        self._fast = fast
        self._vectors: dict[tuple[str, int], torch.Tensor] = {}
        _fuse_attention(model.vision_model)
        if fast and compute.device.type == "cpu":
            _convert_linear(self._model)

    @property
    def crops_at_once(self) -> int:
        """See `ObjectMatcher`."""
        return self._rows.size

    def choose(self, nouns: ExchangedNouns) -> ExchangedNouns:
        """All: it was trained on free text."""
        return nouns

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        """See `ObjectMatcher`; a noun is read as it is, as by the authors."""
        return self._match([one.pixels for one in crops], nouns, NOUN_TOKENS)

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """How well each text fits its crop: -1..1 for `itc`, 0..1 for `itm`."""
        return self._match(crops, [[text] for text in texts], BLIP_TOKENS)

    def _match(self, crops: Sequence[RGB], texts: Sequence[Sequence[str]], tokens: int) -> list[float]:
        if self.mode == "itc":
            read = self._read({text: None for own in texts for text in own}, tokens)
            seen = [row for part in self._rows.run(crops, self._see) for row in part]
            return [max(float(picture @ read[text]) for text in own) for picture, own in zip(seen, texts, strict=True)]
        rows = list(zip(crops, texts, strict=True))
        parts = self._rows.run(rows, lambda part, real: self._judge(part, real, tokens))
        return [score for part in parts for score in part]

    def _read(self, texts: Mapping[str, None], tokens: int) -> dict[str, torch.Tensor]:
        """A unit vector for each text."""
        if len(self._vectors) > REMEMBERED_VECTORS:
            self._vectors.clear()
        missing = [text for text in texts if (text, tokens) not in self._vectors]
        parts = self._rows.run(missing, lambda part, real: self._encode_texts(part, real, tokens))
        vectors = [vector for part in parts for vector in part]
        self._vectors |= {(text, tokens): vector for text, vector in zip(missing, vectors, strict=True)}
        return {text: self._vectors[text, tokens] for text in texts}

    def _encode_texts(self, texts: Sequence[str], real: int, tokens: int) -> torch.Tensor:
        with self._compute.running(bfloat16=self._fast):
            read = self._model.text_encoder(**self._tokenise(texts, tokens)).last_hidden_state[:, 0]
            return _normalize(self._model.text_proj(read))[:real]

    def _see(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        """A unit vector for each of the first crops."""
        with self._compute.running(bfloat16=self._fast):
            return _normalize(self._model.vision_proj(self._encode_crops(crops)[:, 0]))[:real]

    def _judge(self, rows: Sequence[tuple[RGB, Sequence[str]]], real: int, tokens: int) -> list[float]:
        """The matching head's probability for each crop's likeliest text; the crops are encoded once."""
        most = max(len(texts) for _, texts in rows)
        with self._compute.running(bfloat16=self._fast):
            seen = self._encode_crops([crop for crop, _ in rows])
            everywhere = torch.ones(seen.shape[:-1], dtype=torch.long, device=seen.device)
            scores = []
            for number in range(most):
                text = self._tokenise([texts[min(number, len(texts) - 1)] for _, texts in rows], tokens)
                read = self._model.text_encoder(**text, encoder_hidden_states=seen, encoder_attention_mask=everywhere)
                scores.append(self._model.itm_head(read.last_hidden_state[:, 0]).float().softmax(-1)[:, 1])
        found: list[float] = torch.stack(scores).max(0).values[:real].cpu().tolist()
        return found

    def _encode_crops(self, crops: Sequence[RGB]) -> torch.Tensor:
        made = self._processor.image_processor([Image.fromarray(crop) for crop in crops], return_tensors="pt")
        pixels = made["pixel_values"].to(self._compute.device)
        states: torch.Tensor = self._model.vision_model(pixel_values=pixels).last_hidden_state
        return states

    def _tokenise(self, texts: Sequence[str], tokens: int) -> dict[str, torch.Tensor]:
        made = self._processor.tokenizer(
            list(texts), padding="max_length", max_length=tokens, truncation=True, return_tensors="pt"
        )
        return {name: made[name].to(self._compute.device) for name in ("input_ids", "attention_mask")}


class BlipMatcher:
    """See `TextMatcher`: BLIP for a caption on its crop, another matcher for two captions."""

    def __init__(self, scorer: BlipScorer, captions: TextMatcher) -> None:
        self._scorer = scorer
        self._captions = captions
        self.models: tuple[ModelUse, ...] = (*scorer.models, *captions.models)
        self.calibrated: Mapping[str, float] = {**captions.calibrated, **scorer.calibrated}

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """See `TextMatcher`: -1..1 for `itc`, 0..1 for `itm`."""
        return self._scorer.match(crops, texts)

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> Sequence[float]:
        """See `TextMatcher`."""
        return self._captions.alike(texts1, texts2)


def load_blip(
    folder: ModelFolder, setting: str, compute: Compute, *, mode: Mode, dtype: Dtype, rows: Batches
) -> BlipScorer:
    """The network of a folder; raises ValueError naming the setting where it is no such network."""
    model_type(folder, setting, ("blip",))
    try:
        processor = AutoProcessor.from_pretrained(folder.path, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{setting}: {folder.use.name} cannot be loaded: {error}") from error
    model = load_pretrained(BlipForImageTextRetrieval, folder, setting)
    fast = compute.uses_bfloat16(dtype)
    return BlipScorer(model, processor, compute, mode=mode, use=folder.use, rows=rows, fast=fast)


def _normalize(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows.float(), dim=-1).cpu()


def _convert_linear(model: torch.nn.Module) -> None:
    """Turn the weights into what autocast makes of them at each call: BLIP-base takes 0.33 s a crop instead of 0.42."""
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.to(torch.bfloat16)


def _fuse_attention(vision: torch.nn.Module) -> None:
    """Route the vision encoder's attention through torch's fused kernel, for which transformers has no option."""
    for module in vision.modules():
        if isinstance(module, BlipAttention):
            module.forward = MethodType(_attend, module)


def _attend(self: BlipAttention, hidden_states: torch.Tensor, **_: object) -> tuple[torch.Tensor, None]:
    count, length, width = hidden_states.shape
    qkv = self.qkv(hidden_states).reshape(count, length, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
    query, key, value = qkv.unbind(0)
    attended = torch.nn.functional.scaled_dot_product_attention(query, key, value, scale=self.scale)
    return self.projection(attended.transpose(1, 2).reshape(count, length, width)), None
