"""Rewriter `transformers`: any AutoModelForCausalLM with a chat template, in batches, sampled with one seed per row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LogitsProcessor, LogitsProcessorList
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse
from services.gpu.compute import Batches, Compute
from services.gpu.greedy import Greedy, require_ends
from services.gpu.pretrained import load_pretrained, model_type
from services.gpu.weights import ModelFolder
from services.llm.chat import Answer, Fault, Question
from services.llm.thoughts import disable_thinking, opens_thought, read_answer

_TYPES = "a language model, such as qwen3 or llama"
_THOUGHT_TOKENS = 16  # at the end of a prompt, in which a template opens a thought; chosen, not measured
_BUCKET = 64  # tokens; a row is padded to a multiple of it, so its padding does not depend on other rows


@dataclass(frozen=True)
class _Row:
    """One question as token ids, padded on the left to `length`."""

    number: int
    ids: tuple[int, ...]
    question: Question

    @property
    def length(self) -> int:
        """Tokens with padding."""
        return -(-len(self.ids) // _BUCKET) * _BUCKET

    @property
    def shape(self) -> tuple[int, int]:
        """Only rows of one shape share a batch."""
        return self.length, self.question.max_new_tokens


class SeededNoise(LogitsProcessor):  # type: ignore[misc]
    """Gumbel noise on each row's scores: the argmax is then a draw from their softmax (Gumbel-max).

    Every row has its own generator on the CPU, so its draws depend only on its seed.
    """

    def __init__(self, temperatures: Sequence[float], seeds: Sequence[int]) -> None:
        self._temperatures = temperatures
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Scores (rows, vocabulary) with noise in proportion to the row's temperature; none at 0."""
        noisy = scores.float().clone()
        for row, (temperature, generator) in enumerate(zip(self._temperatures, self._generators, strict=True)):
            if temperature > 0:
                draw = torch.rand(scores.shape[1], generator=generator).clamp(1e-9, 1 - 1e-6)
                noisy[row] = noisy[row] / temperature - (-draw.log()).log().to(scores.device)
        return noisy


class TransformersChat:
    """Answers by a network on the device; `spent` gets the tokens of each answer.

    Only rows of one shape share a batch, which is filled up to its size, so no answer depends on the others.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        compute: Compute,
        *,
        models: tuple[ModelUse, ...],
        batches: Batches,
        spent: Callable[[int, int], None],
    ) -> None:
        self.models = models
        self._model = model
        self._tokenizer = tokenizer
        self._compute = compute
        self._batches = batches
        self._spent = spent
        self._greedy = Greedy(model, tokenizer)

    def ask(self, questions: Sequence[Question]) -> list[Answer | ImgdiffError]:
        """See `Chat`; raises ServiceUnavailable if a single question does not fit into the device's memory."""
        groups: dict[tuple[int, int], list[_Row]] = {}
        for number, question in enumerate(questions):
            row = _Row(number, self._ids(question.text), question)
            groups.setdefault(row.shape, []).append(row)
        answers: dict[int, Answer | ImgdiffError] = {}
        for rows in groups.values():
            written = [answer for part in self._batches.run(rows, self._generate) for answer in part]
            answers |= {row.number: answer for row, answer in zip(rows, written, strict=True)}
        return [answers[number] for number in range(len(questions))]

    def _ids(self, text: str) -> tuple[int, ...]:
        made = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            **disable_thinking(self._tokenizer.chat_template),
        )
        return tuple(made["input_ids"])

    def _generate(self, rows: Sequence[_Row], real: int) -> list[Answer]:
        length, most = rows[0].shape
        ids = [[self._greedy.padding] * (length - len(row.ids)) + list(row.ids) for row in rows]
        mask = [[0] * (length - len(row.ids)) + [1] * len(row.ids) for row in rows]
        noise = SeededNoise([row.question.temperature for row in rows], [row.question.seed or 0 for row in rows])
        device = self._compute.device
        with torch.inference_mode():
            whole = self._model.generate(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=torch.tensor(mask, device=device),
                generation_config=self._greedy.config(most),
                logits_processor=LogitsProcessorList([noise]),
            )
        fresh = whole[:real, length:].tolist()
        return [self._answer(row, own) for row, own in zip(rows, fresh, strict=False)]

    def _answer(self, row: _Row, ids: list[int]) -> Answer:
        own, ended = self._greedy.cut(ids)
        tokens = len(own) + ended
        self._spent(len(row.ids), tokens)
        prompt_end = self._greedy.decode(row.ids[-_THOUGHT_TOKENS:])
        answer = read_answer(self._greedy.decode(own), opened=opens_thought(prompt_end))
        fault: Fault | None = "no_answer" if answer is None else None if ended else "too_long"
        return Answer(self._greedy.remove_special(answer or ""), fault, len(row.ids), tokens)


def load_chat(
    folder: ModelFolder,
    dtype: str,
    compute: Compute,
    *,
    setting: str,
    batches: Batches,
    spent: Callable[[int, int], None],
) -> TransformersChat:
    """Load the model of a folder without running code from it; raises ValueError naming the setting."""
    model_type(folder, setting, MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, _TYPES)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder.path, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{setting}: the tokenizer of {folder.use.name} cannot be loaded: {error}") from error
    if getattr(tokenizer, "chat_template", None) is None:
        raise ValueError(f"{setting}: {folder.use.name} has no chat template")
    model = compute.place(load_pretrained(AutoModelForCausalLM, folder, setting, dtype=dtype), setting)
    require_ends(model, tokenizer, setting)
    return TransformersChat(model, tokenizer, compute, models=(folder.use,), batches=batches, spent=spent)
