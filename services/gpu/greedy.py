"""Greedy generation: the likeliest answer of a language model, whatever its own generation_config adds."""

from collections.abc import Sequence
from typing import Any

from transformers import GenerationConfig


def find_ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end an answer, by the model's generation_config and by its tokenizer."""
    known = model.generation_config.eos_token_id
    return frozenset({*(known if isinstance(known, list | tuple) else [known]), tokenizer.eos_token_id} - {None})


def require_ends(model: Any, tokenizer: Any, setting: str) -> None:
    """Raises ValueError naming the setting where no token ends an answer, so that each would go on to its limit."""
    if not find_ends(model, tokenizer):
        raise ValueError(
            f"{setting}: neither generation_config.json nor tokenizer_config.json states a token that ends an answer; "
            "one of them is missing or incomplete"
        )


class Greedy:
    """How one model generates: of its own generation_config only the tokens that end an answer hold.

    The rest is for chats (repetition penalty, temperature, forbidden n-grams) and would change the likeliest answer;
    `generate` fills every unset value from the model's, so that the model's is replaced.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._ends = find_ends(model, tokenizer)
        self.padding: int = min(self._ends) if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        self._tokenizer = tokenizer
        self._special = [one.content for one in tokenizer.added_tokens_decoder.values() if one.special]
        model.generation_config = GenerationConfig()

    def config(self, most: int) -> GenerationConfig:
        """For answers of at most that many tokens."""
        return GenerationConfig(
            do_sample=False,
            num_beams=1,
            max_new_tokens=most,
            eos_token_id=sorted(self._ends),
            pad_token_id=self.padding,
        )

    def cut(self, ids: Sequence[int]) -> tuple[list[int], bool]:
        """The tokens of an answer before its end, and whether it came to one."""
        end = next((place for place, token in enumerate(ids) if token in self._ends), None)
        return list(ids[:end]), end is not None

    def decode(self, ids: Sequence[int]) -> str:
        """Tokens as text with the special ones, which may mark a thought."""
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False)
        return text

    def remove_special(self, text: str) -> str:
        """The text without the tokenizer's special tokens."""
        for token in self._special:
            text = text.replace(token, "")
        return text.strip()
